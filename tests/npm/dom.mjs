// A document for the frameworks that render into one.
import { Window } from 'happy-dom'

/** Sets the globals of a page, and gives an element to render into. */
export function openDocument() {
  const window = new Window({ url: 'https://app.test/' })
  const names = ['document', 'Node', 'Element', 'HTMLElement', 'SVGElement', 'Text', 'Comment', 'Event', 'CustomEvent', 'MutationObserver', 'HTMLIFrameElement', 'HTMLMediaElement', 'HTMLTemplateElement', 'DocumentFragment', 'requestAnimationFrame', 'navigator']
  for (const name of names) Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true })
  globalThis.window = globalThis
  return () => {
    document.body.innerHTML = '<main></main>'
    return document.querySelector('main')
  }
}

/** Waits until the page says it. */
export async function says(element, text, turn = (work) => work()) {
  for (let turns = 0; element.textContent !== text; turns++) {
    if (turns > 200) throw new Error(`the page says ${JSON.stringify(element.textContent)}, never ${JSON.stringify(text)}`)
    await turn(() => new Promise((resolve) => setTimeout(resolve, 5)))
  }
}
