/** Enough of a browser's document to run the script of the HTML page in a test: elements, text, listeners. */
class FakeElement {
  className = '';
  title = '';
  hidden = false;
  scrollTop = 0;
  readonly clientHeight = 660;
  readonly style: Record<string, string> = {};
  readonly attributes: Record<string, unknown> = {};
  readonly listeners: Record<string, (event: unknown) => void> = {};
  children: FakeElement[] = [];
  #text = '';

  get textContent(): string {
    return this.#text;
  }

  // As in a browser: whatever is put in is text.
  set textContent(text: string) {
    this.#text = text;
  }

  appendChild(child: FakeElement): FakeElement {
    this.children.push(child);
    return child;
  }

  replaceChildren(): void {
    this.children = [];
  }

  setAttribute(name: string, value: unknown): void {
    this.attributes[name] = value;
  }

  addEventListener(name: string, listener: (event: unknown) => void): void {
    this.listeners[name] = listener;
  }
}

/** The page of one trace. */
export class FakePage {
  readonly #byId: Record<string, FakeElement> = {};

  /** @param json - Content of the page's element `trace`. */
  constructor(json: string) {
    for (const id of ['trace', 'rows', 'details', 'summary', 'search']) this.#byId[id] = new FakeElement();
    this.#element('trace').textContent = json;
  }

  readonly document = {
    getElementById: (id: string) => this.#element(id),
    createElement: () => new FakeElement(),
  };

  text(id: string): string {
    return this.#element(id).textContent;
  }

  /** Name, type and time of each row that is drawn. */
  rows(): string[][] {
    return this.#drawn().map((row) => {
      const [name, time] = row.children as [FakeElement, FakeElement];
      return [name.textContent, (name.children[0] as FakeElement).textContent, time.textContent];
    });
  }

  click(index: number): void {
    this.#drawn()[index]?.listeners['click']?.({});
  }

  search(value: string): void {
    this.#element('search').listeners['input']?.({ target: { value } });
  }

  scrollTo(pixels: number): void {
    this.#element('rows').scrollTop = pixels;
    this.#element('rows').listeners['scroll']?.({});
  }

  #drawn(): FakeElement[] {
    return (this.#element('rows').children[1] as FakeElement).children;
  }

  #element(id: string): FakeElement {
    return this.#byId[id] as FakeElement;
  }
}
