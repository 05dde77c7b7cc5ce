import { type Dashboard, driftWords, lines, number, once, quantile, rate, states, sumBy } from './kit.ts';

const P = '{pipeline="$pipeline"}';
const of = (metric: string): string => once(`${metric}${P}`);

export const pipeline: Dashboard = {
  uid: 'perennial-pipeline',
  title: 'Perennial: one pipeline',
  description: 'The model of a pipeline: what it promised, what it does, and who serves.',
  choices: [
    {
      name: 'pipeline',
      label: 'Pipeline',
      of: { metric: 'perennial_model_generation', label: 'pipeline' },
      many: false,
    },
  ],
  rows: [
    {
      title: 'Now',
      panels: [
        number('Champion', 'The version that serves.', { version: `max(perennial_model_version${P})` }),
        number(
          'Age of the champion',
          'Since what it was trained for.',
          { age: `max(perennial_champion_age_seconds${P})` },
          { unit: 's' },
        ),
        number('Drift', 'By the newest check.', { level: `max(perennial_drift_level${P})` }, { words: driftWords }),
        number(
          'Age of the newest check',
          'Checks are hourly unless declared otherwise.',
          { age: `max(perennial_verdict_age_seconds${P})` },
          { unit: 's', limits: { warn: 10800, bad: 93600 } },
        ),
        number(
          'Does what it promised',
          'By labels, beside its own holdout.',
          { fallen: `max(perennial_performance_fallen${P})` },
          {
            words: [
              [0, 'yes', 'green'],
              [1, 'no', 'red'],
            ],
          },
        ),
        number('Slices that fell', 'Declared ones, by labels, beside the same slices of its holdout.', {
          slices: `max(perennial_performance_slices_fallen${P})`,
        }),
        number(
          'Open alerts',
          'Of this pipeline, without those that another one explains or that are silenced.',
          { open: `sum(${of('perennial_alerts_open_by_kind')}) or vector(0)` },
          { limits: { bad: 1 } },
        ),
        number(
          'Registered',
          'How long ago the champion was.',
          { age: `time() - max(perennial_model_created_timestamp_seconds${P})` },
          { unit: 's' },
        ),
        number(
          'Unwatched',
          'For how long no check could tell of drift.',
          { unwatched: `max(perennial_drift_unwatched_seconds${P})` },
          { unit: 's', limits: { warn: 86400, bad: 259200 } },
        ),
      ],
    },
    {
      title: 'Performance and drift',
      panels: [
        lines(
          'Performance',
          "The gate's metric by labels that have come, and estimated before they come, with the floor.",
          {
            'v{{version}} {{metric}} by {{by}}': of('perennial_performance'),
            'floor of {{metric}}': of('perennial_performance_floor'),
          },
          { width: 12, unit: 'none', min: null },
        ),
        lines(
          'Drifted share',
          'The weighted share of columns that moved.',
          { share: of('perennial_drift_share') },
          { width: 6, unit: 'percentunit' },
        ),
        lines(
          'Columns behind the alarm',
          'How many columns are unusual for this pipeline, and of how many the alarm would find no large change; none where it does not know the past.',
          { columns: of('perennial_drift_alarm_columns'), 'not watched': of('perennial_drift_alarm_blind_columns') },
          { width: 6, unit: 'none' },
        ),
        lines(
          'Estimates that held',
          'Days whose labels have come, and those of them whose estimated range held what came: nine in ten should.',
          { days: of('perennial_estimate_days'), held: of('perennial_estimate_days_held') },
          { unit: 'none' },
        ),
        lines(
          'Columns together',
          'How well trees tell rows of the window from rows of the reference (0.5: by chance, 1: always), and how much the correlation of two columns has changed.',
          {
            'rows are told apart': of('perennial_drift_rows_auc'),
            'correlation changed by': of('perennial_drift_correlation_change'),
          },
          { unit: 'none' },
        ),
        lines(
          'Automations',
          'What they did about events of the last month.',
          { '{{state}}': of('perennial_automation_runs') },
          { unit: 'none' },
        ),
        states(
          'Drift over time',
          'What the newest check found.',
          { drift: of('perennial_drift_level') },
          { words: driftWords },
        ),
        states(
          'Too little to tell',
          'The newest check had too few rows, its alarm could not judge, or its rows are too unlike the holdout to estimate performance.',
          {
            abstained: of('perennial_verdict_abstained'),
            unsure: of('perennial_verdict_unsure'),
            'not estimated': of('perennial_estimate_withheld'),
          },
          {
            words: [
              [0, 'no', 'green'],
              [1, 'yes', 'yellow'],
            ],
          },
        ),
      ],
    },
    {
      title: 'Trainings and rollouts',
      panels: [
        lines(
          'Since the last success of each loop',
          'By the clock of the loops.',
          { '{{loop}}': of('perennial_loop_success_age_seconds') },
          { unit: 's' },
        ),
        lines(
          'Trainings',
          'All that ended, by result; 1 while one is under way.',
          { '{{result}}': of('perennial_trainings_ended'), 'under way': of('perennial_training_running') },
          { unit: 'none' },
        ),
        lines(
          'Requests for a training',
          'How many wait, and the trainings that the week still allows.',
          { waiting: of('perennial_retraining_requests'), 'left this week': of('perennial_retraining_budget_left') },
          { unit: 'none' },
        ),
        states('What they wait for', '1 for the present reason.', { '{{reason}}': of('perennial_retraining_waits') }),
        states('Decision of the rollout', 'What the newest look decided.', {
          'v{{version}}: {{decision}}': of('perennial_rollout_decision'),
        }),
        states('Step of the rollout', 'Counted from 1; 0 while it waits for its turn.', {
          'v{{version}}': of('perennial_rollout_step'),
        }),
      ],
    },
    {
      title: 'Serving',
      panels: [
        lines(
          'Requests',
          'By HTTP status.',
          { '{{status}}': sumBy('status', rate(`perennial_requests_total${P}`)) },
          { unit: 'reqps' },
        ),
        lines(
          'Time to answer',
          'From the arrival of a request to the end of its answer.',
          {
            'half within': quantile(0.5, 'pipeline', `perennial_request_duration_seconds_bucket${P}`),
            '95 % within': quantile(0.95, 'pipeline', `perennial_request_duration_seconds_bucket${P}`),
            '99 % within': quantile(0.99, 'pipeline', `perennial_request_duration_seconds_bucket${P}`),
          },
          { unit: 's' },
        ),
        lines(
          'Share of the traffic',
          'As decided; a shadow has none.',
          { 'v{{version}} ({{role}})': of('perennial_traffic_share') },
          { unit: 'percentunit', max: 1 },
        ),
        lines(
          'Rows answered',
          'By version.',
          { 'v{{version}}': sumBy('version', rate(`perennial_predictions_total${P}`)) },
          { unit: 'cps' },
        ),
        lines(
          'Rows that a version failed at',
          'Failures, and rows that another version or the mean label (v0) answered.',
          {
            'v{{version}} failed': sumBy('version', rate(`perennial_version_failures_total${P}`)),
            'v{{version}} answered by v{{by}}': sumBy('version, by', rate(`perennial_stand_in_answers_total${P}`)),
          },
          { unit: 'cps' },
        ),
        lines(
          'Values repaired',
          'As declared by serving.values.',
          { '{{column}}: {{problem}}': sumBy('column, problem', rate(`perennial_values_repaired_total${P}`)) },
          { unit: 'cps' },
        ),
      ],
    },
  ],
};
