{{- define "pairmill.name" -}}
{{- printf "%s-%s" .Release.Name "pairmill" | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "pairmill.labels" -}}
app.kubernetes.io/name: pairmill
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "pairmill.match" -}}
app.kubernetes.io/name: pairmill
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "pairmill.serviceAccount" -}}
{{- if .Values.serviceAccount.name -}}{{ .Values.serviceAccount.name }}
{{- else if .Values.serviceAccount.create -}}{{ include "pairmill.name" . }}
{{- else -}}default{{- end -}}
{{- end -}}

{{- define "pairmill.nats" -}}
{{- if .Values.nats.bundled -}}
{{- $name := include "pairmill.name" . -}}
{{- range $i := until 3 }}{{ if $i }},{{ end }}nats://{{ $name }}-nats-{{ $i }}.{{ $name }}-nats:4222{{ end -}}
{{- else -}}
{{ required "nats.url: where the NATS servers are, or nats.bundled=true" .Values.nats.url }}
{{- end -}}
{{- end -}}

{{/* The environment of a process; role is control or worker. Secrets come as references or as files, never as values. */}}
{{- define "pairmill.env" -}}
- {name: PAIRMILL_STORE, value: {{ required "store: where runs and datasets lie, as s3://bucket/prefix" .root.Values.store | quote }}}
- {name: PAIRMILL_NATS, value: {{ include "pairmill.nats" .root | quote }}}
- {name: PAIRMILL_NATS_REPLICAS, value: {{ .root.Values.nats.replicas | quote }}}
- {name: PAIRMILL_LISTEN, value: "0.0.0.0:{{ .root.Values.control.port }}"}
- name: PAIRMILL_TOKEN
  valueFrom: {secretKeyRef: {name: {{ required "control.tokenSecret: a secret with the key token" .root.Values.control.tokenSecret }}, key: token}}
{{- if .root.Values.nats.credentialsSecret }}
- {name: PAIRMILL_NATS_CREDS, value: /etc/pairmill/nats/{{ .role }}.creds}
{{- end }}
{{- if .root.Values.nats.nkeysSecret }}
- {name: PAIRMILL_NATS_NKEY, value: /etc/pairmill/nats-nkey/{{ .role }}.nk}
{{- end }}
{{- if .root.Values.nats.tlsSecret }}
- {name: PAIRMILL_NATS_CA, value: /etc/pairmill/nats-tls/ca.crt}
{{- if .root.Values.nats.clientCertificate }}
- {name: PAIRMILL_NATS_CERT, value: /etc/pairmill/nats-tls/tls.crt}
- {name: PAIRMILL_NATS_KEY, value: /etc/pairmill/nats-tls/tls.key}
{{- end }}
{{- end }}
- {name: PAIRMILL_LOG_FORMAT, value: {{ .root.Values.log.format | quote }}}
- {name: PAIRMILL_LOG, value: {{ .root.Values.log.level | quote }}}
{{- range $name, $value := .root.Values.env }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end -}}

{{/* The image; a pool of workers may have a repository and a tag of its own. */}}
{{- define "pairmill.image" -}}
{{- $own := default dict .own -}}
{{- $shared := .root.Values.image -}}
{{- printf "%s:%s" ($own.repository | default $shared.repository) ($own.tag | default $shared.tag | default .root.Chart.AppVersion) | quote -}}
{{- end -}}

{{/* What control planes and workers have in common. */}}
{{- define "pairmill.pod" -}}
serviceAccountName: {{ include "pairmill.serviceAccount" . }}
automountServiceAccountToken: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "pairmill.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
ports: [{name: http, containerPort: {{ .Values.control.port }}}]
startupProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 10
  timeoutSeconds: 6
{{- with .Values.storeSecret }}
envFrom: [{secretRef: {name: {{ . }}}}]
{{- end }}
{{- end -}}

{{- define "pairmill.mounts" -}}
- {name: work, mountPath: /var/lib/pairmill}
- {name: tmp, mountPath: /tmp}
{{- if .Values.nats.credentialsSecret }}
- {name: nats-credentials, mountPath: /etc/pairmill/nats, readOnly: true}
{{- end }}
{{- if .Values.nats.nkeysSecret }}
- {name: nats-nkey, mountPath: /etc/pairmill/nats-nkey, readOnly: true}
{{- end }}
{{- if .Values.nats.tlsSecret }}
- {name: nats-tls, mountPath: /etc/pairmill/nats-tls, readOnly: true}
{{- end }}
{{- with .Values.volumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* role is the only credentials that the process gets to see. */}}
{{- define "pairmill.volumes" -}}
- name: work
  {{- toYaml .root.Values.workVolume | nindent 2 }}
- {name: tmp, emptyDir: {}}
{{- if .root.Values.nats.credentialsSecret }}
- name: nats-credentials
  secret:
    secretName: {{ .root.Values.nats.credentialsSecret }}
    items: [{key: {{ .role }}.creds, path: {{ .role }}.creds}]
{{- end }}
{{- if .root.Values.nats.nkeysSecret }}
- name: nats-nkey
  secret:
    secretName: {{ .root.Values.nats.nkeysSecret }}
    items: [{key: {{ .role }}.nk, path: {{ .role }}.nk}]
{{- end }}
{{- if .root.Values.nats.tlsSecret }}
- name: nats-tls
  secret: {secretName: {{ .root.Values.nats.tlsSecret }}}
{{- end }}
{{- with .root.Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
