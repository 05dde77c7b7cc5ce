import type { Occurrence, Severity } from './alerts.ts';
import type { Instant } from '../time/time.ts';

const MOST_NAMED = 10;

type Kind = Occurrence['kind'];
export const fingerprintOf = (kind: Kind, pipeline: string | null): string =>
  pipeline === null ? kind : `${kind}/${pipeline}`;

/** Of what an automation tells; `event`: an alert of its own for each, which is silenced with the others. */
export const noticeFingerprint = (pipeline: string, automation: string, event: string | null): string =>
  `${fingerprintOf('automation', pipeline)}/${automation}${event === null ? '' : `/${event}`}`;

/** How the fingerprints begin of the alerts that are silenced with one; null: it alone is. */
export function silencedTogether({ kind, fingerprint }: Pick<Occurrence, 'kind' | 'fingerprint'>): string | null {
  if (kind !== 'automation') return null;
  const [shared] = /^[^/]+\/[^/]+\/[^/]+\//.exec(fingerprint) ?? [];
  return shared ?? null;
}

type Said = { occasion: string; severity: Severity; summary: string; detail: string; at: Instant };
export const about = (kind: Kind, pipeline: string | null, said: Said): Occurrence => ({
  fingerprint: fingerprintOf(kind, pipeline),
  kind,
  pipeline,
  ...said,
});

/** A prefix of an alert's id that is short enough to type. */
export const shortId = (id: string): string => id.slice(0, 8);

/** What is silenced with an alert: likeInWords(drift of fraud) // => 'later alerts of the kind drift of fraud' */
export function likeInWords(alert: Pick<Occurrence, 'fingerprint' | 'kind' | 'pipeline'>): string {
  const { fingerprint, kind, pipeline } = alert;
  const base = `${fingerprintOf(kind, pipeline)}/`;
  const rest = fingerprint.startsWith(base)
    ? fingerprint.slice(base.length).split('/')
    : fingerprint.split('/').filter((part) => part !== kind && part !== pipeline);
  if (silencedTogether(alert) !== null) return `all that the automation ${rest[0]} of ${pipeline} tells of events`;
  const of = [...(pipeline === null ? [] : [pipeline]), ...rest].join(', ');
  return `later alerts of the kind ${kind}${of === '' ? '' : ` of ${of}`}`;
}

/** A summary, of which an automation's is a person's own words, as a sentence: asSentence('Look at it!') // => 'Look at it!' */
export const asSentence = (summary: string): string => (/[.!?]["'”’)\]]?$/.test(summary) ? summary : `${summary}.`);

/** counted(4000) // => '4,000 rows' */
export const counted = (rows: number): string => `${rows.toLocaleString('en-US')} row${rows === 1 ? '' : 's'}`;

/** Beside nulls of numbers: who looks for nulls in the source may find none. */
export const INFINITE = 'Numbers of the source that are NaN or infinite count as missing, too.';

export const list = (lines: string[]): string =>
  [
    ...lines.slice(0, MOST_NAMED).map((line) => `  ${line}`),
    ...(lines.length > MOST_NAMED ? [`  and ${lines.length - MOST_NAMED} more`] : []),
  ].join('\n');
export const named = (names: string[]): string =>
  names.length > MOST_NAMED
    ? `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`
    : names.join(', ');
