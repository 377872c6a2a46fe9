using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Sharing;

/// <summary>Where results may come from.</summary>
internal enum ResultScope
{
    /// <summary>Wherever there is one, what is proven first.</summary>
    Any,

    /// <summary>Made on this machine, or signed by a trusted key.</summary>
    Proven,

    /// <summary>Only beside what is not proven itself.</summary>
    Unproven,
}

/// <summary>Where a result came from.</summary>
/// <param name="Feed">Empty: made on this machine.</param>
/// <param name="Unsigned">Serves development builds only.</param>
public sealed record ResultOrigin(string Feed, bool Unsigned)
{
    public static ResultOrigin Here { get; } = new("", false);
}

/// <summary>
/// The stores of a build and the feed behind them. Results that nobody trusted has signed live in a store of their own, <c>unsigned/</c>, together with
/// the answers and evaluations that were made with them: nothing that is packed can come from there, by whatever road.
/// </summary>
internal sealed class ResultSource(string root, SharedCache? cache, string work, IStageLog log)
{
    public ModelStore Proven { get; } = new(root, log);

    public ModelStore Unproven => Proven.Unsigned;

    /// <summary>Puts a result that this machine has into a folder; null when there is none.</summary>
    public ResultOrigin? TryRestore(ActionKey key, string folder, ResultScope scope)
    {
        if (scope != ResultScope.Unproven && Proven.TryRestore(key, folder))
        {
            return new ResultOrigin(FeedOf(Proven, key), Unsigned: false);
        }

        // With trusted keys the feed is asked first: it may have a signature by now.
        bool feedFirst = scope == ResultScope.Any && cache is { HasTrustedKeys: true };
        return scope == ResultScope.Proven || feedFirst ? null : TryUnproven(key, folder);
    }

    /// <summary>Asks the feed, and keeps what it has in a store.</summary>
    public ResultOrigin? TryPull(FingerprintFile action, string folder, ResultScope scope, CancellationToken cancellation)
    {
        PulledResult? pulled = cache?.Pull(action.Key, work, trustedOnly: scope == ResultScope.Proven, cancellation);
        if (pulled is null)
        {
            return scope == ResultScope.Any ? TryUnproven(action.Key, folder) : null;
        }

        bool proven = pulled.Trusted && scope != ResultScope.Unproven;
        ModelStore store = proven ? Proven : Unproven;
        try
        {
            Mark(store, action.Key, pulled.Trusted);
            StoredAction stored = store.Put(action, pulled.Folder, pulled.Action.Paid ? PutMode.Adopt | PutMode.Paid : PutMode.Adopt, cancellation);
            store.Materialize(stored, folder);
            return new ResultOrigin(cache!.Feed, Unsigned: !proven);
        }
        finally
        {
            FolderSwap.Delete(Path.GetDirectoryName(pulled.Folder)!);
        }
    }

    /// <summary>From now on the result of this key is one that was made here.</summary>
    public void MadeHere(ActionKey key)
    {
        if (File.Exists(MarkPath(Proven, key)))
        {
            File.Delete(MarkPath(Proven, key));
        }
    }

    /// <summary>Offers a result of this machine to the feed.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="measured">A file of measurements in it, which differ from run to run.</param>
    public void Push(StoredAction stored, string folder, string? measured, CancellationToken cancellation)
    {
        if (FeedOf(Proven, stored.Key).Length == 0)
        {
            cache?.Push(stored, folder, work, measured, cancellation);
        }
    }

    private ResultOrigin? TryUnproven(ActionKey key, string folder)
        => Proven.HasUnsigned && Unproven.TryRestore(key, folder) ? new ResultOrigin(FeedOf(Unproven, key), Unsigned: true) : null;

    private void Mark(ModelStore store, ActionKey key, bool signed)
    {
        string path = MarkPath(store, key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["feed"] = cache!.Feed, ["signed"] = signed }.ToJsonString()));
    }

    private static string FeedOf(ModelStore store, ActionKey key)
    {
        try
        {
            return (string?)JsonNode.Parse(File.ReadAllBytes(MarkPath(store, key)))?["feed"] ?? "a feed";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or IOException or InvalidOperationException)
        {
            return "a feed";
        }
    }

    private static string MarkPath(ModelStore store, ActionKey key) => Path.Combine(store.Root, "origins", $"{key.Hex}.json");
}
