import type { Occurrence } from '../alerts.ts';
import { contentId } from '../../base/ids.ts';
import { about, fingerprintOf, list } from '../occurrence.ts';
import type { FailingTarget } from '../reach.ts';
import { recipientInWords } from '../sent.ts';
import { shortTime, type Instant } from '../../time/time.ts';

const MOST_NAMED = 3;

/** failingInWords({ channel: 'slack', ... }) // => 'Slack (FRAUD_SLACK_URL): 2 messages have not arrived since ...' */
export function failingInWords({ messages, attempts, since, error, ...target }: FailingTarget): string {
  const which = messages === 1 ? 'a message has' : `${messages} messages have`;
  return `${recipientInWords(target)}: ${which} not arrived since ${shortTime(since)}, tried up to ${attempts} times: ${error}`;
}

/** Alerts that do not reach a recipient; those whom others reach are told of it. */
export const undeliveredAlert = (
  pipeline: string | null,
  failing: readonly FailingTarget[],
  at: Instant,
): Occurrence => {
  const names = failing.slice(0, MOST_NAMED).map(recipientInWords).join(', ');
  const others = failing.length - MOST_NAMED;
  const which = failing.map(({ channel, target, since }) => `${channel} ${target} ${since}`);
  return about('undelivered', pipeline, {
    // Each day anew: one that somebody ended by hand opens again while it lasts.
    occasion: `${at.slice(0, 10)} ${contentId(which)}`,
    severity: 'warning',
    summary: `${pipeline ?? 'the installation'}: alerts do not reach ${names}${others > 0 ? ` and ${others === 1 ? 'one other' : `${others} others`}` : ''}`,
    detail:
      `${list(failing.map(failingInWords))}\nEach message is tried again for three days. Fix what these name; what is not set ` +
      'where the server runs needs a restart there.\n' +
      `To see whether it works: perennial ${pipeline === null ? 'doctor' : `alerts test ${pipeline}`}`,
    at,
  });
};

export const undeliveredFingerprint = (pipeline: string | null): string => fingerprintOf('undelivered', pipeline);

/** Whether a fingerprint is of such an alert. */
export const isUndelivered = (fingerprint: string): boolean =>
  fingerprint === undeliveredFingerprint(null) || fingerprint.startsWith(undeliveredFingerprint(''));
