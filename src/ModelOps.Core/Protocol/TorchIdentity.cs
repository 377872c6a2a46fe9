namespace ModelOps.Core.Protocol;

/// <summary>What of the worker on TorchSharp decides a result, beside device and versions of TorchSharp and libtorch; part of every key of the trainer <c>torchsharp</c>.</summary>
public static class TorchIdentity
{
    /// <summary>Raised whenever the same request would give other bytes on the same library and device than before.</summary>
    public const int NumericsVersion = 1;
}
