{{- define "perennial.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "perennial.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "perennial.labels" -}}
{{ include "perennial.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "perennial.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What is no secret, by the names that the product reads (core/base/settings/config-schema.ts). */}}
{{- define "perennial.settings" -}}
PERENNIAL_CONNECTIONS: {{ .Values.database.connections | quote }}
PERENNIAL_CONSOLE_CONNECTIONS: {{ .Values.database.consoleConnections | quote }}
PERENNIAL_KEEP_PREDICTIONS_DAYS: {{ .Values.keep.predictionsDays | quote }}
PERENNIAL_KEEP_COUNTS_DAYS: {{ .Values.keep.countsDays | quote }}
PERENNIAL_DRAIN_SECONDS: {{ .Values.server.drainSeconds | quote }}
{{- with .Values.server.corsOrigins }}
PERENNIAL_CORS_ORIGINS: {{ join "," . | quote }}
{{- end }}
PERENNIAL_SPOOL_MB: {{ .Values.server.spoolMb | quote }}
PERENNIAL_SERVER_WORKERS: {{ .Values.server.workers | quote }}
PERENNIAL_PREDICTIONS_PER_MINUTE: {{ .Values.server.predictionsPerMinute | int64 | quote }}
OBJECT_STORE_URL: {{ .Values.objectStore.url | quote }}
{{- with .Values.objectStore.endpoint }}
S3_ENDPOINT: {{ . | quote }}
{{- end }}
S3_REGION: {{ .Values.objectStore.region | quote }}
PERENNIAL_INSTALLATION: {{ .Values.installation | quote }}
TEMPORAL_ADDRESS: {{ .Values.temporal.address | quote }}
TEMPORAL_NAMESPACE: {{ .Values.temporal.namespace | quote }}
{{- if .Values.temporal.tls }}
TEMPORAL_TLS: "true"
{{- end }}
{{- if .Values.temporal.clientCertificateSecret }}
TEMPORAL_TLS_CLIENT_CERT_PATH: /etc/perennial/temporal/tls.crt
TEMPORAL_TLS_CLIENT_KEY_PATH: /etc/perennial/temporal/tls.key
{{- end }}
{{- with .Values.temporal.uiUrl }}
TEMPORAL_UI_URL: {{ . | quote }}
{{- end }}
{{- with .Values.alerts.mailFrom }}
PERENNIAL_MAIL_FROM: {{ . | quote }}
{{- end }}
{{- with .Values.alerts.email }}
PERENNIAL_ALERT_EMAIL: {{ . | quote }}
{{- end }}
{{- with .Values.alerts.quiet }}
PERENNIAL_ALERT_QUIET: {{ . | quote }}
{{- end }}
{{- with .Values.alerts.digest }}
PERENNIAL_ALERT_DIGEST: {{ . | quote }}
{{- end }}
{{- with .Values.alerts.escalate }}
PERENNIAL_ALERT_ESCALATE: {{ . | quote }}
{{- end }}
{{- with .Values.alerts.pagerdutyUrl }}
PERENNIAL_PAGERDUTY_URL: {{ . | quote }}
{{- end }}
{{- if .Values.alerts.webhooksPrivate }}
PERENNIAL_WEBHOOKS_PRIVATE: "true"
{{- end }}
{{- with .Values.tracesEndpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
LOG_LEVEL: {{ .Values.logLevel | quote }}
{{- end }}

{{/* One variable out of the installation's Secret: dict "root" $ "name" "DATABASE_URL" "optional" false */}}
{{- define "perennial.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.existingSecret }}
      key: {{ .name }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end }}

{{- define "perennial.secretEnvs" -}}
{{ include "perennial.secretEnv" (dict "root" . "name" "DATABASE_URL" "optional" false) }}
{{ include "perennial.secretEnv" (dict "root" . "name" "S3_ACCESS_KEY" "optional" true) }}
{{ include "perennial.secretEnv" (dict "root" . "name" "S3_SECRET_KEY" "optional" true) }}
{{ include "perennial.secretEnv" (dict "root" . "name" "TEMPORAL_API_KEY" "optional" true) }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The most connections to Postgres at once: docs/guide-operator.md, "Connections to Postgres". */}}
{{- define "perennial.connections" -}}
{{- $workers := add .Values.workers.control.replicas .Values.workers.data.replicas .Values.workers.training.replicas }}
{{- $each := .Values.database.connections }}
{{- $console := .Values.database.consoleConnections }}
{{- add (mul $workers $each) (mul .Values.server.replicas .Values.server.workers (add $each $console 1)) $console 2 }}
{{- end }}

{{- define "perennial.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "perennial.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* What all pods have in common. */}}
{{- define "perennial.pod" -}}
serviceAccountName: {{ .Values.serviceAccountName }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "perennial.podSecurity" . | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "perennial.mounts" -}}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
{{- if .Values.temporal.clientCertificateSecret }}
- { name: temporal-certificate, mountPath: /etc/perennial/temporal, readOnly: true }
{{- end }}
{{- end }}

{{- define "perennial.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 1Gi }
{{- with .Values.temporal.clientCertificateSecret }}
- name: temporal-certificate
  secret: { secretName: {{ . }} }
{{- end }}
{{- end }}
