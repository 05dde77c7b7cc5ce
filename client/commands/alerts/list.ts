import { alertKinds, MOST_LISTED, severities, type AlertKind, type Severity } from '../../../core/alerts/alerts.ts';
import { inGroups } from '../../../core/alerts/causes.ts';
import { shortId } from '../../../core/alerts/occurrence.ts';
import { notSentInWords } from '../../../core/alerts/sent.ts';
import type { AlertLine } from '../../../operations/index.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';
import { Option } from 'commander';

export const list = command<{ all?: boolean; silenced?: boolean; kind?: AlertKind; severity?: Severity }>({
  arguments: '[pipeline]',
  summary: 'List open alerts, of one pipeline or of all',
  example: 'fraud --all --kind drift',
  options: [
    new Option('--all', 'include resolved alerts'),
    new Option('--silenced', 'only silenced ones, also resolved ones whose silence waits for the next'),
    new Option('--kind <kind>', 'only alerts of this kind, such as drift').choices(alertKinds),
    new Option('--severity <severity>', 'only alerts as severe as this').choices(severities),
  ],
  async run([pipeline], { all = false, silenced, kind, severity }, { operations, result, note }) {
    const only = { ...(kind && { kind }), ...(severity && { severity }), ...(silenced && { silenced }) };
    const alerts = await operations.alerts.list({ pipeline, all, ...only });
    const none = silenced
      ? 'Nothing is silenced.'
      : all
        ? 'No alerts.'
        : `No open alerts${kind || severity ? ' like these' : ''}. To see resolved ones: perennial alerts --all`;
    const head = ['id', 'severity', 'kind', 'since', 'times', 'what'];
    const rows = inGroups(alerts).flatMap(({ alert, explains }) => [
      describe(alert),
      ...explains.map((each) => describe(each, '  because of it: ')),
    ]);
    result(alerts, alerts.length > 0 ? columns([head, ...rows]) : none);
    const untold = alerts.filter(({ recipients, resolvedAt }) => recipients === 0 && resolvedAt === null);
    const whose = [...new Set(untold.map((alert) => alert.pipeline ?? 'the installation'))];
    if (whose.length > 0) note(`Nobody is told of alerts of ${whose.join(', ')}: no recipients are declared.`);
    if (alerts.length >= MOST_LISTED)
      note(
        `These are the first ${MOST_LISTED}, there may be more. To list fewer, name a pipeline, --kind or --severity.`,
      );
    if (alerts.length > 0) note(`To see one in full: perennial alerts show ${shortId(alerts[0]!.id)}`);
  },
});

const describe = (alert: AlertLine, before = ''): string[] => [
  shortId(alert.id),
  alert.severity,
  alert.kind,
  time(alert.openedAt),
  String(alert.times),
  [before + alert.summary, ...stateOf(alert).map((state) => `(${state})`)].join(' '),
];

function stateOf({ resolvedAt, silencedUntil, acknowledgedAt, acknowledgedBy, heldUntil, sent }: AlertLine): string[] {
  const unsent = notSentInWords(sent);
  return [
    ...(resolvedAt ? [`resolved ${time(resolvedAt)}`] : []),
    ...(acknowledgedAt && !resolvedAt ? [`acknowledged by ${acknowledgedBy} ${time(acknowledgedAt)}`] : []),
    ...(silencedUntil ? [`silenced until ${time(silencedUntil)}`] : []),
    ...(heldUntil && !resolvedAt ? [`sent after quiet hours, ${time(heldUntil)}`] : []),
    ...(unsent ? [unsent] : []),
  ];
}
