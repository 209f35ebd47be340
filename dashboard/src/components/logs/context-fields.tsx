/** The fields of a log line, as they were written: texts plain, all else as JSON. */
export function ContextFields({ fields }: { fields: [string, unknown][] }) {
  return (
    <dl className="text-xs">
      {fields.map(([name, value]) => (
        <div key={name} className="break-all whitespace-pre-wrap">
          <dt className="inline text-muted">{name}: </dt>
          <dd className="inline">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
