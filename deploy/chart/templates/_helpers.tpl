{{- define "crier.labels" -}}
app.kubernetes.io/name: crier
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "crier.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Where everything is, for every program; secrets are files. */}}
{{- define "crier.environment" -}}
- {name: CRIER_PUBLIC_URL, value: {{ .Values.publicUrl | quote }}}
{{- range $key := concat (list "database_url" "redis_url" "token_keys") .Values.optional }}
- {name: CRIER_{{ upper $key }}_FILE, value: /run/secrets/crier/{{ $key }}}
{{- end }}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "crier.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "crier.container" -}}
image: {{ include "crier.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "crier.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: data, mountPath: /data}
- {name: secrets, mountPath: /run/secrets/crier, readOnly: true}
{{- end }}

{{- define "crier.volumes" -}}
- {name: tmp, emptyDir: {}}
{{- if .Values.dataClaim }}
- {name: data, persistentVolumeClaim: {claimName: {{ .Values.dataClaim }}}}
{{- else }}
- {name: data, emptyDir: {}}
{{- end }}
- {name: secrets, secret: {secretName: {{ .Values.secret }}, defaultMode: 0440}}
{{- end }}

{{/* One pod on each node before the second on any. */}}
{{- define "crier.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: {matchLabels: {app.kubernetes.io/instance: {{ .root.Release.Name }}, app.kubernetes.io/component: {{ .part }}}}
{{- end }}
