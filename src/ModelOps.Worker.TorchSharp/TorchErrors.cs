using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Worker.Torch;

/// <summary>What goes wrong only on TorchSharp: MOPS3201 to MOPS3206.</summary>
internal static class TorchErrors
{
    public static Diagnostic NoLibrary(string detail) => Error(
        "MOPS3201", $"TorchSharp or libtorch cannot be loaded: {ForeignText.Clean(detail, 400)} Restore the project again; where the libraries were put by hand, TorchSharp.dll and LibTorchSharp must be of one version.");

    public static Diagnostic NoCuda(Version? driver, Version required) => Error(
        "MOPS3202", driver is null ? $"TorchDevice is cuda, and this machine has no NVIDIA driver that libtorch can use. Install one from {required} on, or set TorchDevice to cpu."
            : driver < required ? $"The NVIDIA driver {driver} is too old for this libtorch. Install {required} or later, or set TorchDevice to cpu."
            : $"TorchDevice is cuda, the NVIDIA driver is {driver}, and libtorch sees no GPU. Check that the TorchSharp-cuda package for this system is restored and that the GPU is visible to this process, or set TorchDevice to cpu.");

    public static Diagnostic NoQuantization() => Error(
        "MOPS3203", "The trainer torchsharp holds no model quantised, so FineTuneMethod qlora and dpo-qlora are not for it. Set FineTuneMethod to lora, or Trainer to engine.");

    public static Diagnostic UnknownDevice(string asked) => Error(
        "MOPS3204", $"The device '{ForeignText.Clean(asked, 40)}' cannot be trained on; expected cpu, cuda or auto. One device is used: several, or one by its number, are not supported; CUDA_VISIBLE_DEVICES chooses among GPUs.");

    public static Diagnostic OutOfDeviceMemory(string detail) => Error(
        "MOPS3205", $"The GPU has not enough memory: {ForeignText.Clean(detail, 300)} A smaller BatchSize (with more GradientAccumulationSteps) or MaxSequenceLength needs less, and so does a smaller base model; for FineTuneMethod full, lora needs about a sixth.");

    public static Diagnostic LibraryFailed(string detail) => Error(
        "MOPS3206", $"libtorch failed: {ForeignText.Clean(detail, 600)} The same request on TorchDevice cpu shows whether it is the device.");
}
