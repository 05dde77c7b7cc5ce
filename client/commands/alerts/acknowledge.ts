import { command } from '../../command.ts';

export const acknowledge = command({
  arguments: '<alert>',
  summary: 'Take an alert on: nothing is repeated until it gets worse',
  example: '3fa9c1d2',
  options: [],
  async run([id = ''], _options, { operations, result }) {
    const alert = await operations.alerts.acknowledge(id);
    result(alert, `Acknowledged by ${alert.acknowledgedBy}: ${alert.summary}. It stays listed until it is resolved.`);
  },
});
