import { command } from '../../command.ts';
import { Option } from 'commander';

export const pause = command<{ reason: string }>({
  arguments: '<pipeline> [loop]',
  summary: 'Pause one loop or all; current runs continue',
  example: 'fraud data --reason "fixing the source"',
  options: [new Option('--reason <words>', 'reason, shown with the schedule').default('paused by hand')],
  async run([pipeline = '', loop], { reason }, { operations, result }) {
    const loops = await operations.schedules.pause({ pipeline, ...(loop && { loop }), reason });
    const again = `perennial resume ${pipeline}${loop ? ` ${loop}` : ''}`;
    result({ pipeline, loops, reason }, `Paused ${pipeline}: ${loops.join(', ')}. Resume with: ${again}`);
  },
});
