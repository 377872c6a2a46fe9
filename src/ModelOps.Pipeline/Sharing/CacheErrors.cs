using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Sharing;

/// <summary>Sharing results through a feed: MOPS2130–2139. Only what a person set wrongly is an error; whatever a feed does, a build goes on without it.</summary>
public static class CacheErrors
{
    public static DiagnosticException NoSuchSource(string source, string project) => new(Diagnostic.Error("MOPS2130",
        $"ModelOpsCacheSource is '{ForeignText.Clean(source, 200)}', which is no source of nuget.config, no address and no path. Expected the name of a source, an https address that ends in index.json, or a folder.",
        new SourceLocation(project)));

    public static Diagnostic Unreachable(string feed, string detail) => Diagnostic.Warning("MOPS2131",
        $"The feed '{ForeignText.Clean(feed, 200)}' does not serve results ({ForeignText.Clean(detail, 300)}); this build goes on without it. Look at the feed, raise ModelOpsCacheTimeout, or unset ModelOpsCacheSource.");

    public static Diagnostic Damaged(string feed, ActionKey key, string detail) => Diagnostic.Warning("MOPS2132",
        $"What the feed '{ForeignText.Clean(feed, 200)}' has under the key {key.Short} is not the result of that key ({ForeignText.Clean(detail, 300)}); nothing of it was used. Delete the entry from the feed.");

    public static Diagnostic Forged(string feed, ActionKey key) => Diagnostic.Warning("MOPS2133",
        $"The result under the key {key.Short} in the feed '{ForeignText.Clean(feed, 200)}' names a trusted key, and its signature is not by that key; nothing of it was used. Somebody changed the entry: delete it and look who can write to the feed.");

    public static DiagnosticException BadKey(string property, string what, string detail, string project) => new(Diagnostic.Error("MOPS2134",
        $"{property} names no usable key: {ForeignText.Clean(what, 200)}: {ForeignText.Clean(detail, 300)} Expected an ECDSA key on P-256 or P-384 as PEM.", new SourceLocation(project)));

    public static Diagnostic NotPushed(string feed, ActionKey key, string detail) => Diagnostic.Warning("MOPS2135",
        $"The result of the key {key.Short} was not pushed to '{ForeignText.Clean(feed, 200)}' ({ForeignText.Clean(detail, 300)}). The build has it; others train again. Look at the feed and at the key that pushing needs.");

    public static Diagnostic Differs(string feed, ActionKey key, string file) => Diagnostic.Warning("MOPS2136",
        $"The feed '{ForeignText.Clean(feed, 200)}' has another result under the key {key.Short}: '{ForeignText.Clean(file, 100)}' differs. It stays as it is. Equal keys give equal bytes, so one of the two was changed or its machine computes wrongly; delete the entry and push again.");

    public static DiagnosticException Insecure(string source, string project) => new(Diagnostic.Error("MOPS2137",
        $"ModelOpsCacheSource '{ForeignText.Clean(source, 200)}' is plain http, on which anybody can change results on their way. Expected https; or set allowInsecureConnections on the source in nuget.config, as for restore.",
        new SourceLocation(project)));
}
