import type { Occurrence } from '../alerts.ts';
import { versionName } from '../../base/ids.ts';
import { failedInARow, unhelpedCycles, type Cycle } from '../../training/retraining/retraining.ts';
import { UNMEASURED } from '../../training/gates/gate-words.ts';
import { list, about, named } from '../occurrence.ts';

/** After so many, a person is told once: the next ones are likely to end the same way. */
const IN_A_ROW = 3;

/** What came of the newest cycles that a person should look at: an alert at the third in a row, and only then. */
export function streakAlerts(cycles: readonly Cycle[], drifted: readonly string[]): Occurrence[] {
  // One that failed has its own alert, and shows nothing about the data.
  const unhelped = unhelpedCycles(cycles).filter(({ outcome }) => outcome !== null && outcome.result !== 'failed');
  const failed = failedInARow(cycles);
  return [
    ...(unhelped.length === IN_A_ROW && unhelped[0] === cycles[0] ? [noHelpAlert(unhelped, drifted)] : []),
    ...(failed.length === IN_A_ROW && failed[0] === cycles[0] ? [failingAlert(failed)] : []),
  ];
}

const outcomeOf = ({ id, outcome }: Cycle): string => {
  const version = outcome?.version == null ? '' : `${versionName(outcome.version)} `;
  return `${id}: ${version}${outcome?.result}: ${outcome?.reason}`;
};

function noHelpAlert(cycles: readonly Cycle[], drifted: readonly string[]): Occurrence {
  const [newest] = cycles as [Cycle];
  const { pipeline } = newest;
  return about('training-no-help', pipeline, {
    occasion: `cycle/${newest.id}`,
    severity: 'warning',
    summary: `${pipeline}: ${IN_A_ROW} trainings in a row did not help`,
    detail:
      `Each learnt from rows after the change, and none became a better model:\n${list(cycles.map(outcomeOf))}\n` +
      (drifted.length > 0 ? `The newest check still finds drift in: ${named([...drifted])}.\n` : '') +
      (cycles.some(({ outcome }) => outcome?.reason.includes(UNMEASURED))
        ? `${UNMEASURED[0]!.toUpperCase()}${UNMEASURED.slice(1)}, so a model that repairs just that cannot pass: to judge by log loss, declare gates.metric: 'logLoss'.\n`
        : '') +
      'So look at the data rather than the model: either the source sends something wrong, or these columns no longer ' +
      `tell what they did, and others are needed. See what moved: perennial report ${pipeline}, and what was tried: ` +
      `perennial explain ${pipeline}. While the change lasts, Perennial trains again, after a longer pause each time; after a fix: ` +
      `perennial models retrain ${pipeline}`,
    at: newest.outcome!.endedAt,
  });
}

function failingAlert(cycles: readonly Cycle[]): Occurrence {
  const [newest] = cycles as [Cycle];
  const { pipeline } = newest;
  return about('training-failing', pipeline, {
    occasion: `cycle/${newest.id}`,
    severity: 'critical',
    summary: `${pipeline}: ${IN_A_ROW} trainings in a row failed`,
    detail:
      `None of them made a model that serves:\n${list(cycles.map(outcomeOf))}\nWhat serves has not changed, and grows older. ` +
      `Fix what the messages name, then: perennial models retrain ${pipeline}`,
    at: newest.outcome!.endedAt,
  });
}
