using System.CommandLine;
using System.Globalization;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops store ls|gc|verify|pin|unpin</c>: what the store holds, and how much of it.</summary>
internal static class StoreVerb
{
    // Long enough for builds to leave a gap, short enough for a person.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static Command Create(Terminal terminal)
    {
        var command = new Command("store", "The store of trained results and model answers: list, collect, verify, keep.")
        {
            List(terminal),
            Collect(terminal),
            Verify(terminal),
            Pin("pin", "Keep an entry for good: it is never collected.", pin: true, terminal),
            Pin("unpin", "Let an entry be collected again.", pin: false, terminal),
        };
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var options = new StoreOptions();
        Command command = options.AddTo(new Command("ls", "List the entries, the least recently used first."));
        command.SetAction(result =>
        {
            ModelStore store = options.Open(result, terminal);
            (StoreEntry Entry, bool Unsigned)[] entries =
            [
                .. Both(store).SelectMany(s => new StoreInventory(s).List().Select(e => (Entry: e, Unsigned: s != store))).OrderBy(e => e.Entry.LastUsedUtc),
            ];
            long size = Both(store).Sum(s => new StoreInventory(s).Size());
            if (options.Json(result))
            {
                terminal.Out.WriteLine(JsonOutput.Of(new { verb = "store ls", store = store.Root, size, entries = entries.Select(e => Entry(e.Entry, e.Unsigned)) }));
                return ExitCode.Ok;
            }

            foreach ((StoreEntry entry, bool unsigned) in entries)
            {
                string used = entry.LastUsedUtc.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
                string marks = (entry.Pinned ? "  pinned" : "") + (entry.Paid ? "  paid" : "") + (unsigned ? "  unsigned" : "");
                terminal.Out.WriteLine($"{entry.Key.Short}  {entry.Stage,-11}  {StoreSize.Format(entry.Size),8}  {used}{marks}");
            }

            terminal.Out.WriteLine($"{entries.Length} entr{(entries.Length == 1 ? "y" : "ies")}, {StoreSize.Format(size)} in {store.Root}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Collect(Terminal terminal)
    {
        var options = new StoreOptions();
        var size = new Option<string>("--size")
        {
            Description = "Collect down to this size, such as 20GB; default MODELOPS_STORE_SIZE, else 50GB. 0 removes everything that may be removed.",
            HelpName = "size",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("MODELOPS_STORE_SIZE") ?? "",
        };
        var includePaid = new Option<bool>("--include-paid") { Description = "Collect results that cost money too." };
        Command command = options.AddTo(new Command("gc", "Remove the least recently used entries until the store is small enough, and whatever belongs to nothing."));
        command.Add(size);
        command.Add(includePaid);
        command.SetAction(result =>
        {
            string text = result.GetRequiredValue(size);
            long bound = StoreSize.Parse(text) ?? throw new DiagnosticException(StoreErrors.InvalidSize(text));
            ModelStore store = options.Open(result, terminal);
            StoreCollection collection = new StoreCollector(store).Collect(bound, result.GetValue(includePaid), s_patience);
            if (options.Json(result))
            {
                terminal.Out.WriteLine(JsonOutput.Of(new
                {
                    verb = "store gc", store = store.Root, before = collection.Before, after = collection.After, removed = collection.Removed.Select(e => Entry(e)),
                }));
            }
            else
            {
                terminal.Out.WriteLine($"removed {collection.Removed.Count}; {StoreSize.Format(collection.Before)} -> {StoreSize.Format(collection.After)} in {store.Root}");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Verify(Terminal terminal)
    {
        var options = new StoreOptions();
        Command command = options.AddTo(new Command("verify", "Read everything, drop what is damaged, and say so. Ends with 1 when anything was."));
        command.SetAction((result, cancellation) =>
        {
            ModelStore store = options.Open(result, terminal);
            StoreAuditResult audit = Both(store).Select(s => StoreAudit.Run(s, cancellation))
                .Aggregate((a, b) => new StoreAuditResult(a.Whole + b.Whole, a.Damaged + b.Damaged, a.Bytes + b.Bytes));
            terminal.Out.WriteLine(options.Json(result)
                ? JsonOutput.Of(new { verb = "store verify", store = store.Root, whole = audit.Whole, damaged = audit.Damaged, bytes = audit.Bytes })
                : $"{audit.Whole} whole, {audit.Damaged} damaged and dropped; {StoreSize.Format(audit.Bytes)} read in {store.Root}");
            return Task.FromResult(audit.Damaged == 0 ? ExitCode.Ok : ExitCode.Failed);
        });
        return command;
    }

    private static Command Pin(string name, string description, bool pin, Terminal terminal)
    {
        var options = new StoreOptions();
        var key = new Argument<string>("key") { Description = "Key of an entry, or enough of its beginning." };
        Command command = options.AddTo(new Command(name, description));
        command.Add(key);
        command.SetAction(result =>
        {
            ModelStore store = options.Open(result, terminal);
            var inventory = new StoreInventory(store);
            StoreEntry entry = inventory.Find(result.GetRequiredValue(key));
            if (pin)
            {
                inventory.Pin(entry.Key);
            }
            else
            {
                inventory.Unpin(entry.Key);
            }

            StoreEntry now = entry with { Pinned = pin };
            terminal.Out.WriteLine(options.Json(result)
                ? JsonOutput.Of(new { verb = $"store {name}", store = store.Root, entry = Entry(now) })
                : $"{(pin ? "pinned" : "no longer pinned")}: {entry.Key.Short} ({entry.Stage}, {StoreSize.Format(entry.Size)})");
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The store, and the one inside it for what came unsigned from a feed.</summary>
    private static IEnumerable<ModelStore> Both(ModelStore store) => store.HasUnsigned ? [store, store.Unsigned] : [store];

    private static object Entry(StoreEntry entry, bool unsigned = false) => new
    {
        key = entry.Key.ToString(),
        stage = entry.Stage,
        size = entry.Size,
        lastUsed = entry.LastUsedUtc,
        paid = entry.Paid,
        pinned = entry.Pinned,
        unsigned,
        files = entry.IsAnswers || entry.IsCheckpoints ? null : entry.Files.Select(f => new { path = f.Path, digest = f.Digest.ToString(), size = f.Size }),
    };
}
