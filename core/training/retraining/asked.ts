import type { RetrainRequest } from './retraining.ts';

/** What a person's request says when nobody gave a reason. */
export const ASKED_BY_HAND = 'asked by hand';

/** The detail of a person's request ends with the name: 'asked by hand (ada)'. */
const byPerson = /^(?<why>[^]*) \((?<name>[^()]+)\)$/;

/** whoAsked({ reason: 'person', detail: 'asked by hand (ada)' }) // => 'a person (ada)' */
export function whoAsked({ reason, detail }: Pick<RetrainRequest, 'reason' | 'detail'>): string {
  if (reason === 'schedule') return 'its schedule';
  const name = reason === 'person' && byPerson.exec(detail)?.groups!['name'];
  return reason === 'person' ? `a person${name ? ` (${name})` : ''}` : reason;
}

/** The detail of a schedule's request says by itself who asked: "by its schedule". */
export function askedInWords(asked: Pick<RetrainRequest, 'reason' | 'detail'>): string {
  const { reason, detail } = asked;
  if (reason === 'schedule' && detail.startsWith('by ')) return detail;
  if (reason === 'schedule') return `by schedule: ${detail}`;
  const why = (reason === 'person' && byPerson.exec(detail)?.groups!['why']) || detail;
  return why === ASKED_BY_HAND ? `by ${whoAsked(asked)}` : `by ${whoAsked(asked)}: ${why}`;
}
