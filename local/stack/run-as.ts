import { spawnSync } from 'node:child_process';
import { chown, lchown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../core/base/errors/errors.ts';

/** How to start a program that refuses to run as root. */
export interface RunAs {
  who: string;
  uid?: number;
  gid?: number;
  /** Goes before the command. */
  prefix: string[];
}

// A user namespace in which our files are ours and we are nobody special. Nothing changes owner, and no other user has
// to be able to enter our folders; but containers often forbid it.
const namespace: RunAs = {
  who: 'this user in its own namespace',
  prefix: ['unshare', '--user', '--map-user=1000', '--map-group=1000'],
};

/**
 * Who runs `program` with `folder` as its own: ourselves, unless we are root, which Postgres refuses. As root it is the
 * folder's owner, or ourselves in a user namespace, or the user postgres or nobody, who then gets the folder.
 */
export async function chooseRunAs(folder: string, program: string, uid = process.getuid?.()): Promise<RunAs> {
  if (uid !== 0) return { who: 'this user', prefix: [] };
  const reasons: string[] = [];
  for (const candidate of await candidates(folder)) {
    const before = await stat(folder);
    await giveTo(folder, candidate.uid ?? 0, candidate.gid ?? 0);
    const refusal = tryOut(candidate, folder, program);
    if (refusal === null) return candidate;
    await giveTo(folder, before.uid, before.gid);
    reasons.push(`  ${candidate.who}: ${refusal}`);
  }
  throw new UserError(
    'POSTGRES_FAILED',
    `Postgres refuses to run as root, and no other user can run it in ${folder}:\n${reasons.join('\n')}\n` +
      `Start as an ordinary user, or with a home folder that the user postgres can enter, or set DATABASE_URL to your ` +
      `own Postgres.`,
  );
}

async function candidates(folder: string): Promise<RunAs[]> {
  const { uid, gid } = await stat(folder);
  const owner = uid === 0 ? [] : [{ who: `the folder's owner (user ${uid})`, uid, gid, prefix: [] }];
  const users = ['postgres', 'nobody'].flatMap((name) => {
    const ids = [number('-u', name), number('-g', name)] as const;
    return ids[0] === null || ids[1] === null ? [] : [{ who: `user ${name}`, uid: ids[0], gid: ids[1], prefix: [] }];
  });
  return [...owner, namespace, ...users];
}

function number(option: string, user: string): number | null {
  const { status, stdout } = spawnSync('id', [option, user], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : null;
}

/** Null when it can write the folder and run the program, otherwise why not. */
function tryOut({ prefix, uid, gid }: RunAs, folder: string, program: string): string | null {
  const script = 'test -w "$1" || { echo "it cannot enter $1" >&2; exit 1; }; exec "$2" --version';
  const [command, ...args] = [...prefix, '/bin/sh', '-c', script, 'sh', folder, program];
  const { status, error, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: '/',
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  if (status === 0) return null;
  return error?.message ?? (stderr.trim().split('\n').at(-1) || `exit code ${status}`);
}

/** Changes the owner of a folder and all that is in it, unless it has that owner already. */
async function giveTo(folder: string, uid: number, gid: number): Promise<void> {
  if ((await stat(folder)).uid === uid) return;
  for (const entry of await readdir(folder, { recursive: true })) await lchown(join(folder, entry), uid, gid);
  await chown(folder, uid, gid); // last: cut short, it is begun again
}
