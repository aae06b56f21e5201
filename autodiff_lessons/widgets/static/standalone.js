// Brings the widgets of an exported page to life: each gets its module and a model that lives in the page alone.

function makeModel(state) {
  const listeners = new Map();
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      for (const listener of [...(listeners.get(`change:${name}`) ?? [])]) listener();
    },
    save_changes() {},
    send() {},
    on: (event, listener) => listeners.set(event, [...(listeners.get(event) ?? []), listener]),
    off: (event, listener) => listeners.set(event, (listeners.get(event) ?? []).filter((one) => one !== listener)),
  };
}

function withBytes(state) {
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const plain = (value) => (typeof value?.base64 === "string" ? bytes(value.base64) : value);
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, plain(value)]));
}

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const modules = {};
for (const [kind, source] of Object.entries(read("adl-modules"))) {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  modules[kind] = (await import(address)).default;
  URL.revokeObjectURL(address);
}
for (const [id, [kind, state]] of Object.entries(read("adl-states"))) {
  const el = document.getElementById(id);
  el.replaceChildren(); // the still picture that stood there for readers without scripts
  modules[kind].render({ model: makeModel(withBytes(state)), el });
}
