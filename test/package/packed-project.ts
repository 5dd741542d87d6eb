import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

interface PackageJson {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: true }>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** This repository's package.json. */
export const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;

/** A folder outside of the repository in which the packed package is installed, as a user has it. */
export interface PackedProject {
  readonly folder: string;
  /** Runs a program in `folder`. @returns What it printed to standard output. @throws Error with all that it printed when it fails. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  remove(): void;
}

/**
 * Packs the package and installs it, with `packages`, in an empty project.
 *
 * @param packages - Name to version. Peers have to be among them.
 */
export async function createPackedProject(packages: Readonly<Record<string, string>>): Promise<PackedProject> {
  const folder = mkdtempSync(join(tmpdir(), 'everspan-packed-'));
  const project: PackedProject = {
    folder,
    run: async (program, args, env = {}) => (await runIn(folder, program, args, env)).stdout,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  try {
    await runIn(root, 'npm', ['pack', '--pack-destination', folder]);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    const dependencies = { ...packages, everspan: `file:./${tarball}` };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module', dependencies }));
    await project.run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock']);
    return project;
  } catch (error) {
    project.remove();
    throw error;
  }
}

/** Copies `name`, a folder beside this file, into the project. */
export function copyInto(project: PackedProject, name: string): void {
  cpSync(join(root, 'test', 'package', name), join(project.folder, name), { recursive: true });
}

async function runIn(folder: string, program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  try {
    return await run(program, args, { cwd: folder, env: { ...process.env, ...env } });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? ''}`, { cause: error });
  }
}
