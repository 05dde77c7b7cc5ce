import { type Dashboard, lines, number, once, quantile, rate, sumBy, table, yesNo } from './kit.ts';

export const workers: Dashboard = {
  uid: 'perennial-workers',
  title: 'Perennial: workers',
  description: 'Whether workers are there, how busy they are, and what fails.',
  choices: [],
  rows: [
    {
      title: 'Queues, as servers see them',
      panels: [
        number(
          'Temporal answers',
          'By the newest question of any server.',
          { answers: 'max(perennial_temporal_reachable)' },
          { words: yesNo(1) },
        ),
        lines(
          'Since a worker gave a sign',
          'It asked for work, or said that it is busy.',
          { '{{role}}': 'min by (role) (perennial_queue_silence_seconds)' },
          { width: 7, unit: 's', limits: { bad: 90 } },
        ),
        lines('Waiting work', 'By role.', { '{{role}}': once('perennial_queue_tasks') }, { width: 7, unit: 'none' }),
        lines(
          'The oldest has waited',
          'By role.',
          { '{{role}}': once('perennial_queue_oldest_age_seconds') },
          { width: 6, unit: 's' },
        ),
      ],
    },
    {
      title: 'Workers',
      panels: [
        lines(
          'Busy slots',
          'How much each worker does at once.',
          { '{{instance}} {{worker_type}}': sumBy('instance, worker_type', 'temporal_worker_task_slots_used') },
          { unit: 'none' },
        ),
        lines(
          'Free slots',
          'At 0 work waits, which for training is usual.',
          { '{{instance}} {{worker_type}}': sumBy('instance, worker_type', 'temporal_worker_task_slots_available') },
          { unit: 'none' },
        ),
        lines(
          'Pollers',
          'Questions for work that are open.',
          { '{{instance}} {{poller_type}}': sumBy('instance, poller_type', 'temporal_num_pollers') },
          { unit: 'none' },
        ),
        lines(
          'Cache',
          'Bytes of objects on the disk of each worker.',
          { '{{instance}}': 'perennial_worker_cache_bytes' },
          { unit: 'bytes' },
        ),
        lines(
          'Free disk',
          'The free share of the disk of each worker.',
          { '{{instance}}': 'perennial_worker_disk_free_bytes / perennial_worker_disk_size_bytes' },
          { unit: 'percentunit', max: 1 },
        ),
        table(
          'Releases',
          'What runs, and on which Node.',
          { workers: sumBy('version, node, role', 'perennial_build_info{role!=""}') },
          { width: 8 },
        ),
      ],
    },
    {
      title: 'Steps and runs',
      panels: [
        lines(
          '95 % of steps end within',
          'By kind of step.',
          {
            '{{activity_type}}': quantile(0.95, 'activity_type', 'temporal_activity_execution_latency_seconds_bucket'),
          },
          { width: 12, unit: 's' },
        ),
        lines(
          'Failed steps',
          'Most are tried again.',
          { '{{activity_type}}': sumBy('activity_type', rate('temporal_activity_execution_failed_total')) },
          { width: 12, unit: 'cps' },
        ),
        lines(
          '95 % of steps begin within',
          'Since they were scheduled.',
          {
            '{{task_queue}}': quantile(
              0.95,
              'task_queue',
              'temporal_activity_schedule_to_start_latency_seconds_bucket',
            ),
          },
          { unit: 's' },
        ),
        lines(
          'Runs that ended',
          'By loop, and whether they failed.',
          {
            '{{workflow_type}}': sumBy('workflow_type', rate('temporal_workflow_completed_total')),
            '{{workflow_type}} failed': sumBy('workflow_type', rate('temporal_workflow_failed_total')),
          },
          { unit: 'cps' },
        ),
        lines(
          'Half of the runs last',
          'By loop, from beginning to end.',
          { '{{workflow_type}}': quantile(0.5, 'workflow_type', 'temporal_workflow_endtoend_latency_seconds_bucket') },
          { unit: 's' },
        ),
        lines(
          'Temporal refuses or does not answer',
          'By what was asked of it.',
          { '{{operation}}': sumBy('operation', rate('temporal_request_failure_total')) },
          { unit: 'cps' },
        ),
      ],
    },
  ],
};
