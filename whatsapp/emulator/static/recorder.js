/** A voice note through the microphone. */

// WhatsApp itself writes Ogg; a browser that cannot sends what it can.
const TYPES = ["audio/ogg;codecs=opus", "audio/mp4", "audio/webm;codecs=opus"];
const ENDINGS = { "audio/ogg": "ogg", "audio/mp4": "m4a", "audio/webm": "webm" };

export class Recorder {
  /** Starts recording; throws where there is no microphone or no permission. */
  static async start() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return new Recorder(stream);
  }

  constructor(stream) {
    this.stream = stream;
    this.parts = [];
    this.recorder = new MediaRecorder(stream, { mimeType: TYPES.find((type) => MediaRecorder.isTypeSupported(type)) });
    this.recorder.addEventListener("dataavailable", ({ data }) => this.parts.push(data));
    this.recorder.start();
  }

  /** The recording as a file; the microphone is free again. */
  async finish() {
    await new Promise((resolve) => {
      this.recorder.addEventListener("stop", resolve);
      this.recorder.stop();
    });
    this.stream.getTracks().forEach((track) => track.stop());
    const type = this.recorder.mimeType.replace(/;(?=\S)/, "; ");
    return new File(this.parts, `ses.${ENDINGS[type.split(";")[0]] ?? "bin"}`, { type });
  }
}
