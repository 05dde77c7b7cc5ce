import { command } from '../../command.ts';

export const resolve = command({
  arguments: '<alert>',
  summary: 'Resolve an alert by hand',
  example: '3fa9c1d2',
  options: [],
  async run([id = ''], _options, { operations, result }) {
    const alert = await operations.alerts.resolve(id);
    result(alert, `Resolved: ${alert.summary}. If the problem persists, a new alert opens.`);
  },
});
