import type { LoggedRows } from '../../../core/data/predictions/logged-rows.ts';
import type { Row } from '../../../core/data/data.ts';
import type { Database } from '../database.ts';

export const createLoggedRows = (database: Database): LoggedRows => ({
  async row(pipeline, id) {
    const { rows } = await database.query<{ row: Row & { _imputed?: Row } }>(
      'select row from predictions where id = $2 and pipeline = $1 limit 1',
      [pipeline, id],
    );
    if (!rows[0]) return null;
    const { _imputed: imputed = {}, ...row } = rows[0].row;
    return { ...row, ...(imputed as Row) };
  },
});
