import { type Dashboard, driftWords, lines, number, once, rate, states, sumBy, table, yesNo } from './kit.ts';

export const fleet: Dashboard = {
  uid: 'perennial-fleet',
  title: 'Perennial: all pipelines',
  description: 'How all pipelines do, and what needs somebody.',
  choices: [],
  rows: [
    {
      title: 'Now',
      panels: [
        number('Pipelines that serve', 'Pipelines of which a version serves.', {
          pipelines: 'count(count by (pipeline) (perennial_model_version >= 0))',
        }),
        number(
          'Critical alerts',
          'Open ones.',
          { open: 'max(perennial_alerts_open{severity="critical"})' },
          { limits: { bad: 1 } },
        ),
        number(
          'Warnings',
          'Open ones.',
          { open: 'max(perennial_alerts_open{severity="warning"})' },
          { limits: { warn: 1, bad: 20 } },
        ),
        number(
          'Pipelines that drift',
          'By the newest check of each.',
          { drift: `count(${once('perennial_drift_level')} > 0) or vector(0)` },
          { limits: { warn: 1, bad: 5 } },
        ),
        number(
          'Worse than promised',
          'Pipelines whose champion surely does worse than on its holdout.',
          { fallen: `count(${once('perennial_performance_fallen')} == 1) or vector(0)` },
          { limits: { bad: 1 } },
        ),
        number(
          'Temporal answers',
          'By the newest question of any server.',
          { answers: 'max(perennial_temporal_reachable)' },
          { words: yesNo(1) },
        ),
      ],
    },
    {
      title: 'Pipelines',
      panels: [
        table('Each pipeline', 'Drift and performance are as of the newest check.', {
          champion: `max by (pipeline) (perennial_model_version)`,
          'champion age': `max by (pipeline) (perennial_champion_age_seconds)`,
          'drift level': `max by (pipeline) (perennial_drift_level)`,
          'drifted share': `max by (pipeline) (perennial_drift_share)`,
          'check age': `max by (pipeline) (perennial_verdict_age_seconds)`,
          'fell (1)': `max by (pipeline) (perennial_performance_fallen)`,
          'requests a second': sumBy('pipeline', rate('perennial_requests_total')),
          'waiting requests for training': `max by (pipeline) (perennial_retraining_requests)`,
          'trainings left this week': `max by (pipeline) (perennial_retraining_budget_left)`,
        }),
        states(
          'Drift',
          'What the newest check found.',
          { '{{pipeline}}': once('perennial_drift_level') },
          { width: 24, words: driftWords },
        ),
        lines(
          'Drifted share',
          'The weighted share of columns that moved.',
          { '{{pipeline}}': once('perennial_drift_share') },
          { unit: 'percentunit' },
        ),
        lines(
          'Age of champions',
          'Since what they were trained for.',
          { '{{pipeline}}': once('perennial_champion_age_seconds') },
          { unit: 's' },
        ),
        lines(
          'Requests',
          'Requests for predictions.',
          { '{{pipeline}}': sumBy('pipeline', rate('perennial_requests_total')) },
          { unit: 'reqps' },
        ),
      ],
    },
    {
      title: 'Loops, trainings, rollouts',
      panels: [
        lines(
          'Oldest success of each loop',
          'Of the pipeline that has waited longest.',
          { '{{loop}}': 'max by (loop) (perennial_loop_success_age_seconds)' },
          { unit: 's' },
        ),
        lines(
          'Trainings that ended',
          'So far, by result.',
          { '{{result}}': sumBy('result', once('perennial_trainings_ended')) },
          { unit: 'none' },
        ),
        lines(
          'Waiting requests for training',
          'By what they wait for, in pipelines.',
          { '{{reason}}': sumBy('reason', once('perennial_retraining_waits')) },
          { unit: 'none' },
        ),
        table(
          'Rollouts under way',
          'The step that each is in; 0: it waits for its turn.',
          {
            step: 'max by (pipeline, version) (perennial_rollout_step)',
            'step age': 'time() - max by (pipeline, version) (perennial_rollout_step_started_timestamp_seconds)',
          },
          { width: 12 },
        ),
        table(
          'Rollouts that ended',
          'So far, by result.',
          { rollouts: sumBy('result', once('perennial_rollouts_ended')) },
          { width: 12 },
        ),
      ],
    },
    {
      title: 'Alerts',
      panels: [
        lines(
          'Open alerts by kind',
          'Of all pipelines and the installation, without those that another one explains or that are silenced.',
          { '{{kind}} ({{severity}})': sumBy('kind, severity', once('perennial_alerts_open_by_kind')) },
          { width: 12, unit: 'none' },
        ),
        lines(
          'Deliveries',
          'Attempts to tell people, by channel and outcome.',
          { '{{channel}}, {{outcome}}': sumBy('channel, outcome', rate('perennial_alert_delivery_attempts_total')) },
          { width: 4, unit: 'cps' },
        ),
        lines(
          'Oldest undelivered message',
          'How long it has waited.',
          { oldest: 'max(perennial_alert_delivery_oldest_age_seconds)' },
          { width: 4, unit: 's' },
        ),
        lines(
          'Undelivered messages',
          'Those that wait for another attempt, and those given up.',
          { '{{state}}': 'max by (state) (perennial_alert_deliveries)' },
          { width: 4, unit: 'none' },
        ),
      ],
    },
  ],
};
