using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Sharing;

/// <summary>The package that holds an entry, or a part of a file, by its digest: sixteen digits in the id, the others in the version; <c>docs/formats/cache-entry.md</c>.</summary>
/// <remarks>Servers limit a version to 64 characters and an id to 100. The letter keeps the suffix from being a number, which must not begin with 0.</remarks>
internal sealed record CachePackageId(string Kind, Digest Digest)
{
    private const int IdDigits = 16;

    public string Id => $"modelops.cache.{Kind}.{Digest.Hex[..IdDigits]}";

    public string Version => $"1.0.0-k{Digest.Hex[IdDigits..]}";

    public string FileName => $"{Id}.{Version}.nupkg";

    public static CachePackageId Entry(ActionKey key) => new("entry", key.Digest);

    public static CachePackageId Part(Digest digest) => new("part", digest);
}
