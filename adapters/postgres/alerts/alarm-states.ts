import type { AlarmStates } from '../../../core/drift/alarm/state/alarm-states.ts';
import type { AlarmState } from '../../../core/drift/alarm/state/state.ts';
import { readState, storedState, type StoredState } from '../../../core/drift/alarm/state/stored-state.ts';
import type { Database } from '../database.ts';

export const createAlarmStates = (database: Database): AlarmStates => ({
  async find(pipeline, past, to) {
    const { rows } = await database.query<{ state: StoredState | AlarmState }>(
      'select state from alarm_states where pipeline = $1 and past = $2 and up_to <= $3 order by up_to desc limit 1',
      [pipeline, past, to],
    );
    return rows[0] ? readState(rows[0].state) : null;
  },

  async record(pipeline, past, state) {
    await database.query(
      'insert into alarm_states (pipeline, past, up_to, state) values ($1, $2, $3, $4) on conflict do nothing',
      [pipeline, past, state.upTo, storedState(state)],
    );
    await database.query(
      `delete from alarm_states where pipeline = $1 and up_to < $2::timestamptz - interval '3 days'`,
      [pipeline, state.upTo],
    );
  },
});
