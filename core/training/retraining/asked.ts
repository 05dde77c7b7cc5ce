import type { RetrainRequest } from './retraining.ts';

/** What a person's request says when nobody gave a reason. */
export const ASKED_BY_HAND = 'asked by hand';

/** An automation that asks for a training, and what it acted on. */
export interface AskingAutomation {
  /** 'automation retrain' */
  by: string;
  why: string;
}

/** The detail of its request. The name of an automation has no colon. */
export const askedByAutomation = ({ by, why }: AskingAutomation): string => `by the ${by}: ${why}`;
const byAutomation = /^by (?<name>[^:]+): /;

/** The detail of a person's request ends with the name: 'asked by hand (ada)'. */
const byPerson = /^(?<why>[^]*) \((?<name>[^()]+)\)$/;

/** whoAsked({ reason: 'person', detail: 'asked by hand (ada)' }) // => 'a person (ada)' */
export function whoAsked({ reason, detail }: Pick<RetrainRequest, 'reason' | 'detail'>): string {
  if (reason === 'schedule') return 'its schedule';
  if (reason === 'automation') return byAutomation.exec(detail)?.groups!['name'] ?? 'an automation';
  const name = reason === 'person' && byPerson.exec(detail)?.groups!['name'];
  return reason === 'person' ? `a person${name ? ` (${name})` : ''}` : reason;
}

/** The detail of a request of a schedule or an automation says by itself who asked: "by its schedule". */
export function askedInWords(asked: Pick<RetrainRequest, 'reason' | 'detail'>): string {
  const { reason, detail } = asked;
  if ((reason === 'schedule' || reason === 'automation') && detail.startsWith('by ')) return detail;
  if (reason === 'schedule') return `by schedule: ${detail}`;
  const why = (reason === 'person' && byPerson.exec(detail)?.groups!['why']) || detail;
  return why === ASKED_BY_HAND ? `by ${whoAsked(asked)}` : `by ${whoAsked(asked)}: ${why}`;
}
