/** An account's name, struck through where the account is off. */
export function Username({ user }: { user: { username: string; is_active: boolean } }) {
  const look = user.is_active ? "" : "text-muted line-through";
  return <span className={`font-medium ${look}`}>{user.username}</span>;
}
