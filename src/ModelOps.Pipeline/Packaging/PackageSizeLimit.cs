using ModelOps.Core.Artifacts;

namespace ModelOps.Pipeline.Packaging;

/// <summary><c>ModelOpsPackageSizeLimit</c>: feeds refuse packages above 250 MB.</summary>
public static class PackageSizeLimit
{
    public const long Default = 240_000_000;

    /// <summary>Bytes; null when the text is no size above 0.</summary>
    public static long? Parse(string text) => text.Trim().Length == 0 ? Default : StoreSize.Parse(text) is > 0 and var size ? size : null;
}
