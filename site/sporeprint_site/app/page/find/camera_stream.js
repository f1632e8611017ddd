/** The phone's camera behind a video element: on while it is looked at, off as soon as it is not. */

/** Large enough to fill a screen; a still comes in the camera's own size where the browser can take one. */
const PREVIEW = { width: { ideal: 1920 }, height: { ideal: 1440 } };
/** Where stills are frames of the video, its size is all there is. */
const STILLS_FROM_VIDEO = { width: { ideal: 4096 }, height: { ideal: 3072 } };
const FRAME = { type: "image/jpeg", quality: 0.95 };

/** @typedef {{takePhoto(): Promise<Blob>}} StillCamera not yet part of TypeScript's DOM */

/** One camera; it holds the device only between `start` and `stop`. */
export class CameraStream {
  /** @type {MediaStream | null} */
  #stream = null;
  #wanted = false;
  #video;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  /** @throws {Error} whatever the browser says: refused, none there, in use */
  async start() {
    this.#wanted = true;
    if (this.#stream) return;
    const size = stillCamera() ? PREVIEW : STILLS_FROM_VIDEO;
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: { ideal: "environment" }, ...size },
      audio: false,
    });
    // Left or hidden while the permission was asked for.
    if (!this.#wanted || this.#stream) return stopTracks(stream);
    this.#stream = stream;
    this.#video.srcObject = stream;
    await this.#video.play().catch(() => undefined);
  }

  stop() {
    this.#wanted = false;
    if (this.#stream) stopTracks(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** Whether this camera has a light of its own that can be switched. */
  get hasTorch() {
    const capabilities = /** @type {{torch?: boolean} | undefined} */ (this.#track?.getCapabilities?.());
    return capabilities?.torch === true;
  }

  /** @param {boolean} on */
  async light(on) {
    const torch = /** @type {MediaTrackConstraintSet} */ ({ torch: on });
    await this.#track?.applyConstraints({ advanced: [torch] });
  }

  /**
   * A still at the largest size that the browser gives.
   *
   * @returns {Promise<Blob>}
   * @throws {Error} the camera is off, or gave no picture
   */
  async take() {
    const Still = stillCamera();
    if (Still && this.#track) {
      try {
        return await new Still(this.#track).takePhoto();
      } catch {
        // Some cameras offer stills and then give none: the frame on the screen is the next best.
      }
    }
    const bitmap = await createImageBitmap(this.#video);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
    return canvas.convertToBlob(FRAME);
  }
}

/** @returns {(new (track: MediaStreamTrack) => StillCamera) | undefined} */
function stillCamera() {
  return /** @type {any} */ (window).ImageCapture;
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}
