import type { Disks, WorkerDisk } from '../../core/runs/disks.ts';
import type { Database } from './database.ts';

/** Processes report each minute: after five the disk is somebody else's. */
const RECENT = "interval '5 minutes'";
const FORGOTTEN = "interval '30 days'";

/** What processes said of their disks, by the database's clock. */
export const createDisks = (database: Database): Disks => ({
  async report(of, { machine, device, folder, used }) {
    await database.query(
      `with old as (delete from disks where seen_at < now() - ${FORGOTTEN})
       insert into disks (process, machine, device, folder, used) values ($1, $2, $3, $4, $5)
       on conflict (process, machine, device)
         do update set folder = excluded.folder, used = excluded.used, seen_at = now()`,
      [of, machine, device, folder, used],
    );
  },

  async ofWorkers() {
    const { rows } = await database.query<WorkerDisk>(
      `select machine, device, folder, used, extract(epoch from now() - seen_at)::float8 as "secondsAgo",
         exists (select from disks s where s.process = 'server' and s.machine = w.machine and s.device = w.device
           and s.seen_at > now() - ${RECENT}) as "ofServer"
       from disks w where process = 'worker' order by machine, device`,
    );
    return rows;
  },
});
