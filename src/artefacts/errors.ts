/** A recorder that cannot be made from its options. Its message names the option and never holds a key. */
export class ArtefactOptionsError extends Error {
  override readonly name = 'ArtefactOptionsError';
  readonly code = 'INVALID_OPTION';
  readonly option: string;

  constructor(option: string, wanted: string) {
    super(`artefacts option ${option} must be ${wanted}`);
    this.option = option;
  }
}
