import type { TestMessages, Tested } from '../../../core/alerts/test-messages.ts';
import { transaction, type Database } from '../database.ts';

export const createTestMessages = (database: Database): TestMessages => ({
  send: (pipeline, targets, { subject, text }) =>
    transaction(database, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `insert into alert_tellings (telling, pipeline, subject, text, severity, addressed, addressed_at)
         values ('test', $1, $2, $3, 'info', true, now()) returning id::text`,
        [pipeline, subject, text],
      );
      const { id } = rows[0]!;
      for (const { channel, target } of targets)
        await client.query('insert into alert_deliveries (telling, channel, target) values ($1, $2, $3)', [
          id,
          channel,
          target,
        ]);
      return id;
    }),

  async results(id) {
    const { rows } = await database.query<Tested>(
      `select channel, target, delivered_at is not null as arrived, last_error as error from alert_deliveries
       where telling = $1 order by channel, target`,
      [id],
    );
    return rows;
  },

  async end(id) {
    await database.query(
      'update alert_deliveries set given_up_at = now() where telling = $1 and delivered_at is null and given_up_at is null',
      [id],
    );
  },
});
