// Numbers as text, with the very characters that the kernel writes: number_text.py and number_template.py.

const ADL_MINUS = "\u2212";

/** Digits and exponent of a finite number rounded to `digits` significant ones: half to even, as Python rounds. */
function adlRounded(size, digits) {
  const text = size.toExponential(digits - 1); // half away from zero where the number lies exactly between two
  const [mantissa, exponent] = text.split("e");
  const found = { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
  const exact = size.toExponential(Math.min(99, digits + 60)).split("e");
  const rest = exact[0].replace(".", "").slice(digits);
  const isHalfway = /^50*$/.test(rest) && Number(exact[1]) === found.exponent;
  if (!isHalfway || Number(found.digits.at(-1)) % 2 === 0) return found;
  return { digits: String(BigInt(found.digits) - 1n).padStart(digits, "0"), exponent: found.exponent };
}

/** Python's f"{value:.6g}", ".3f" and ".2e" of a number. */
function adlFormat(value, how) {
  const [, count, kind] = how.match(/^\.(\d+)([gfe])$/);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  const number = value === 0 ? 0 : value; // -0 reads 0
  const sign = number < 0 ? "-" : "";
  const size = Math.abs(number);
  if (kind === "f") return sign + adlFixed(size, Number(count));
  const digits = kind === "e" ? Number(count) + 1 : Math.max(1, Number(count));
  const rounded = size === 0 ? { digits: "0".repeat(digits), exponent: 0 } : adlRounded(size, digits);
  const power = rounded.exponent;
  const scientific = (mantissa) => {
    const written = String(Math.abs(power)).padStart(2, "0");
    return `${mantissa.length > 1 ? `${mantissa[0]}.${mantissa.slice(1)}` : mantissa}e${power < 0 ? "-" : "+"}${written}`;
  };
  if (kind === "e") return sign + scientific(rounded.digits);
  const kept = rounded.digits.replace(/0+$/, "") || "0";
  if (power < -4 || power >= digits) return sign + scientific(kept);
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${kept}`;
  const whole = rounded.digits.slice(0, power + 1);
  const part = rounded.digits.slice(power + 1).replace(/0+$/, "");
  return sign + whole + (part ? `.${part}` : "");
}

function adlFixed(size, decimals) {
  if (size >= 1e21) return BigInt(Math.round(size)).toString() + (decimals ? `.${"0".repeat(decimals)}` : "");
  const text = size.toFixed(decimals);
  const exact = size.toFixed(Math.min(100, decimals + 60));
  const rest = exact.slice(decimals ? text.length : text.length + 1).replace(".", "");
  const last = Number(text.replace(".", "").at(-1));
  if (!/^50*$/.test(rest) || last % 2 === 0) return text;
  const whole = BigInt(text.replace(".", "")) - 1n; // exactly halfway: to the even neighbour
  const padded = String(whole).padStart(decimals + 1, "0");
  return decimals ? `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}` : padded;
}

/** As number_text: few digits, a true minus, no leading zeros in the exponent; a large array by its shape. */
function adlNumberText(value, digits = 6, room = 16) {
  if (typeof value === "number") {
    let text = adlFormat(value, `.${digits}g`);
    if (text.includes("e")) {
      const [mantissa, exponent] = text.split("e");
      text = `${mantissa}e${Number(exponent)}`;
    }
    return text === "-0" ? "0" : text.replaceAll("-", ADL_MINUS);
  }
  if (value.length <= 6) {
    const text = `[${Array.from(value, (one) => adlNumberText(one, digits)).join(", ")}]`;
    if (text.length <= room) return text;
  }
  return `(${value.length},)`;
}

/** As number_template.filled: every ⟦index|how⟧ of the template with its number. */
function adlFilled(template, numbers) {
  const text = template.replace(/⟦(\d+)\|([^⟧]*)⟧/g, (_, index, how) => {
    const value = numbers[Number(index)];
    if (how[0] === "n") {
      const [digits, room] = how.slice(1).split(",").map(Number);
      return adlNumberText(value, digits, room || 16);
    }
    if (how[0] === "f") {
      const written = adlNumberText(value, Number(how.slice(1)));
      return written.startsWith(ADL_MINUS) ? `(${written})` : written;
    }
    return adlFormat(value, how).replaceAll("-", ADL_MINUS);
  });
  return text.replaceAll(`+ ${ADL_MINUS}`, `${ADL_MINUS} `);
}
