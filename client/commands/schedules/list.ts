import type { ScheduleState } from '../../../core/runs/schedules.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';

export const list = command({
  arguments: '<pipeline>',
  summary: 'Show when loops run next and which are paused',
  example: 'fraud',
  options: [],
  async run([pipeline = ''], _options, { operations, result, simulated }) {
    const schedules = await operations.schedules.list(pipeline);
    const head = ['loop', 'cron', 'zone', 'next (UTC)', simulated ? 'last (real time)' : 'last (UTC)', ''];
    const none = `No loop of ${pipeline} has a schedule: all are declared 'off'.`;
    result(schedules, schedules.length > 0 ? columns([head, ...schedules.map(describe)]) : none);
  },
});

const describe = ({ loop, cron, zone, next, last, pausedBy, note, running }: ScheduleState): string[] => [
  loop,
  cron ?? '-',
  zone,
  next ? time(next) : '-',
  last ? time(last) : '-',
  pausedBy !== null ? (note ?? 'paused') : running.length > 0 ? 'runs now' : '',
];
