import { command } from '../command.ts';
import { Option } from 'commander';

export const pauseCommand = command<{ reason: string }>({
  name: 'pause',
  arguments: '<pipeline> [loop]',
  summary: 'Hold a loop back, or all; what runs already goes on',
  example: 'pause fraud data --reason "the source is being mended"',
  options: [new Option('--reason <words>', 'why, for those who wonder').default('paused by hand')],
  async run([pipeline = '', loop], { reason }, { operations, result }) {
    const loops = await operations.schedules.pause({ pipeline, ...(loop && { loop }), reason });
    const again = `perennial resume ${pipeline}${loop ? ` ${loop}` : ''}`;
    result({ pipeline, loops, reason }, `Paused ${loops.join(', ')} of ${pipeline}. Let go on with: ${again}`);
  },
});
