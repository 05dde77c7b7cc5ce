import { type Dashboard, lines, once, quantile, rate, states, sumBy, table, yesNo } from './kit.ts';

const P = '{pipeline=~"$pipeline"}';
const errors = sumBy('pipeline', rate('perennial_requests_total{pipeline=~"$pipeline",status=~"5.."}'));

export const serving: Dashboard = {
  uid: 'perennial-serving',
  title: 'Perennial: serving',
  description: 'How servers answer, and whether predictions reach the log.',
  choices: [
    {
      name: 'pipeline',
      label: 'Pipeline',
      of: { metric: 'perennial_model_generation', label: 'pipeline' },
      many: true,
    },
  ],
  rows: [
    {
      title: 'Answers',
      panels: [
        lines(
          'Requests',
          'By HTTP status.',
          { '{{status}}': sumBy('status', rate(`perennial_requests_total${P}`)) },
          { unit: 'reqps' },
        ),
        lines(
          'Failed requests',
          'The share that was answered with a status of 500 or above.',
          { '{{pipeline}}': `${errors} / ${sumBy('pipeline', rate(`perennial_requests_total${P}`))}` },
          { unit: 'percentunit' },
        ),
        lines(
          '95 % are answered within',
          'From the arrival of a request to the end of its answer.',
          { '{{pipeline}}': quantile(0.95, 'pipeline', `perennial_request_duration_seconds_bucket${P}`) },
          { unit: 's', limits: { bad: 0.2 } },
        ),
        lines(
          'Rows answered',
          'A request can have many.',
          { '{{pipeline}}': sumBy('pipeline', rate(`perennial_predictions_total${P}`)) },
          { unit: 'cps' },
        ),
        lines(
          '95 % of rows are scored within',
          'By version, shadows too.',
          {
            '{{pipeline}} v{{version}}': quantile(
              0.95,
              'pipeline, version',
              `perennial_score_duration_seconds_bucket${P}`,
            ),
          },
          { unit: 's' },
        ),
        states(
          'Versions that rest',
          'Because they fail again and again.',
          { '{{pipeline}} v{{version}}': once(`perennial_version_tripped${P}`) },
          { width: 8, words: yesNo(0) },
        ),
        lines(
          'Versions that tripped',
          'How often, since their servers began.',
          { '{{pipeline}} v{{version}}': sumBy('pipeline, version', `perennial_version_trips_total${P}`) },
          { unit: 'none' },
        ),
        lines(
          'Rows that shadows skipped',
          'Because more came than they could score.',
          { '{{pipeline}}': sumBy('pipeline', rate(`perennial_shadow_skipped_total${P}`)) },
          { unit: 'cps' },
        ),
      ],
    },
    {
      title: 'Load',
      panels: [
        lines(
          'Requests in flight',
          'Not answered yet.',
          { '{{instance}}': sumBy('instance', 'perennial_requests_in_flight') },
          { unit: 'none' },
        ),
        lines(
          'Connections',
          'Open ones.',
          { '{{instance}}': sumBy('instance', 'perennial_connections') },
          { unit: 'none' },
        ),
        lines(
          'Refused',
          'Requests, because there was too much to do; connections, because there were too many.',
          {
            '{{reason}}': sumBy('reason', rate('perennial_requests_shed_total')),
            connections: `sum(${rate('perennial_connections_dropped_total')})`,
          },
          { unit: 'cps' },
        ),
        lines(
          'Cores in use',
          'Of each process.',
          { '{{instance}} {{process}}': rate('process_cpu_seconds_total{job=~".*server.*"}') },
          { unit: 'none' },
        ),
        lines(
          'Memory',
          'Of each process.',
          { '{{instance}} {{process}}': 'process_resident_memory_bytes{job=~".*server.*"}' },
          { unit: 'bytes' },
        ),
        lines(
          'Event loop runs late',
          'In 99 % of measurements no later than this.',
          { '{{instance}} {{process}}': 'nodejs_eventloop_lag_p99_seconds{job=~".*server.*"}' },
          { unit: 's' },
        ),
      ],
    },
    {
      title: 'The log of predictions',
      panels: [
        lines(
          'Waiting on disk',
          'Bytes of predictions that are not in the log yet.',
          { '{{instance}}': sumBy('instance', 'perennial_spool_bytes') },
          { unit: 'bytes' },
        ),
        lines(
          'Files on disk',
          'Of those predictions, and last lines in them that were cut off.',
          {
            '{{instance}}': sumBy('instance', 'perennial_spool_segments'),
            '{{instance}} cut off': sumBy('instance', 'perennial_spool_torn_total'),
          },
          { unit: 'none' },
        ),
        lines(
          'The oldest has waited',
          'Seconds at most while the database answers.',
          { '{{instance}}': 'max by (instance) (perennial_spool_oldest_age_seconds)' },
          { unit: 's', limits: { bad: 600 } },
        ),
        lines(
          'Logged',
          'And what was not: sampled out as declared, dropped, unreadable, or refused.',
          {
            logged: `sum(${rate('perennial_predictions_shipped_total')})`,
            'sampled out': `sum(${rate('perennial_predictions_sampled_out_total')})`,
            dropped: `sum(${rate('perennial_spool_dropped_total')})`,
            refused: `sum(${rate('perennial_spool_shed_total')})`,
            unreadable: `sum(${rate('perennial_spool_unreadable_total')})`,
          },
          { unit: 'cps' },
        ),
        lines(
          'Logged and not counted',
          'Drift checks do not see these yet.',
          { predictions: 'max(perennial_predictions_uncounted)' },
          { unit: 'none' },
        ),
        lines(
          'Since the database answered',
          'By server.',
          { '{{instance}}': 'max by (instance) (perennial_database_contact_age_seconds)' },
          { unit: 's' },
        ),
        lines(
          'Disk',
          'The used share of the disk of each server.',
          { '{{instance}}': 'max by (instance) (perennial_disk_used_ratio)' },
          { unit: 'percentunit', max: 1, limits: { warn: 0.9, bad: 0.97 } },
        ),
      ],
    },
    {
      title: 'Servers',
      panels: [
        lines(
          'Processes',
          'Those of each server that answer.',
          { '{{instance}}': sumBy('instance', 'perennial_server_processes') },
          { unit: 'none' },
        ),
        table(
          'Releases',
          'What runs, and on which Node.',
          { processes: sumBy('version, node', 'perennial_build_info') },
          { width: 8 },
        ),
        table(
          'Cannot take up newer traffic',
          'Servers that serve an older version than they should, and failed attempts to take up newer traffic.',
          {
            problem: `max by (instance, pipeline) (perennial_model_problem${P}) > 0`,
            failures: `max by (instance, pipeline) (perennial_model_load_failures${P}) > 0`,
          },
          { width: 8 },
        ),
      ],
    },
  ],
};
