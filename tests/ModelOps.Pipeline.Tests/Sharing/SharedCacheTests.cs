using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Sharing;

namespace ModelOps.Pipeline.Tests.Sharing;

/// <summary>Results through a folder and through a server, and everything that a feed may do wrong.</summary>
public sealed class SharedCacheTests : IDisposable
{
    private readonly FeedServer _server = new();
    private readonly TemporaryFolder _folder = new();
    private readonly FingerprintFile _action = Machine.Action();

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("server")]
    public void What_one_machine_made_another_has(string kind)
    {
        string feed = kind == "server" ? _server.Index : _folder.Path;
        using var ours = new Machine(feed, push: true);
        using var theirs = new Machine(feed);
        StoredAction made = ours.Make(_action);

        ResultOrigin? origin = theirs.Pull(_action);

        Assert.True(origin is { Unsigned: true });
        Assert.All(made.Files, file => Assert.Equal(file.Digest, Digest.OfFile(Path.Combine(theirs.Out, file.Path))));
        Assert.Equal(made.Files.Count, Directory.GetFiles(theirs.Out, "*", SearchOption.AllDirectories).Length);
        Assert.Null(new ModelStore(theirs.Store, theirs.Log).TryGet(_action.Key));
        Assert.True(theirs.Results().TryRestore(_action.Key, theirs["again"], ResultScope.Any) is { Unsigned: true, Feed.Length: > 0 });
        Assert.Null(theirs.Results().TryRestore(_action.Key, theirs["again"], ResultScope.Proven));
        Assert.Null(theirs.Pull(Machine.Action(7)));
        SharedCache cache = SharedCache.Open(theirs.Options, theirs.Health, TestInputs.Of(theirs.Project), theirs.Log)!;
        Assert.Equal((true, false), (cache.Has(_action.Key, default), cache.Has(Machine.Action(7).Key, default)));
        Assert.Empty(ours.Log.Diagnostics);
        Assert.Empty(theirs.Log.Diagnostics);
        Assert.Empty(Directory.GetFileSystemEntries(theirs["work"]));
    }

    [Theory]
    [InlineData("error", "MOPS2131")]
    [InlineData("hang", "MOPS2131")]
    [InlineData("truncated answer", "MOPS2131")]
    [InlineData("no index", "MOPS2131")]
    [InlineData("gone", "MOPS2131")]
    [InlineData("truncated package", "MOPS2132")]
    [InlineData("flipped byte", "MOPS2132")]
    [InlineData("wrong content", "MOPS2132")]
    [InlineData("missing part", "MOPS2132")]
    [InlineData("other key", "MOPS2132")]
    [InlineData("changed part", "MOPS2132", "is damaged")]
    [InlineData("a part less", "MOPS2132", "do not add up")]
    [InlineData("parts in another order", "MOPS2132", "has another digest than the record says")]
    public void A_fault_is_one_warning_and_nothing_enters_the_store(string fault, string code, string said = "")
    {
        using var ours = new Machine(_server.Index, push: true);
        ours.Make(_action);
        using var theirs = new Machine(_server.Index);
        Break(fault);

        ResultOrigin? first = theirs.Pull(_action);
        int asked = _server.Requests.Count;
        ResultOrigin? second = code == "MOPS2131" ? theirs.Pull(_action) : null;
        bool listed = code == "MOPS2131" && SharedCache.Open(theirs.Options, theirs.Health, TestInputs.Of(theirs.Project), theirs.Log)!.Has(_action.Key, default);

        Assert.Null(first);
        Assert.Null(second);
        Assert.False(listed);
        Assert.Equal([code], theirs.Log.Codes);
        Assert.Equal(DiagnosticSeverity.Warning, theirs.Log.Diagnostics[0].Severity);
        Assert.Contains(said, theirs.Log.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Equal(asked, _server.Requests.Count);
        Assert.True(theirs.HasNothing);
    }

    [Fact]
    public void An_interrupted_copy_goes_on_with_what_is_missing()
    {
        using var ours = new Machine(_server.Index, push: true);
        ours.Make(_action);
        using var theirs = new Machine(_server.Index);
        int served = 0;
        _server.Fault = request => request.Contains(".part.", StringComparison.Ordinal) && Interlocked.Increment(ref served) > 2 ? FeedFault.Error : null;
        Assert.Null(theirs.Pull(_action));
        _server.Fault = _ => null;
        _server.Requests.Clear();
        theirs.Health = new FeedHealth();

        ResultOrigin? origin = theirs.Pull(_action);

        Assert.NotNull(origin);
        Assert.Equal(2, _server.Requests.Count(request => request.Contains(".part.", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_part_that_was_damaged_after_an_interrupted_copy_is_asked_for_again()
    {
        using var ours = new Machine(_server.Index, push: true);
        ours.Make(_action);
        using var theirs = new Machine(_server.Index);
        int served = 0;
        _server.Fault = request => request.Contains(".part.", StringComparison.Ordinal) && Interlocked.Increment(ref served) > 2 ? FeedFault.Error : null;
        Assert.Null(theirs.Pull(_action));
        _server.Fault = _ => null;
        theirs.Health = new FeedHealth();
        string part = Directory.GetFiles(theirs["work"], "*", SearchOption.AllDirectories).First(f => Path.GetFileName(f) == Digest.OfFile(f).Hex && new FileInfo(f).Length >= 500);
        byte[] bytes = File.ReadAllBytes(part);
        bytes[7] ^= 1;
        File.WriteAllBytes(part, bytes);

        Assert.NotNull(theirs.Pull(_action));
    }

    [Fact]
    public void Of_two_pushers_the_second_agrees_or_says_so()
    {
        using var first = new Machine(_server.Index, push: true);
        using var second = new Machine(_server.Index, push: true);
        using var third = new Machine(_server.Index, push: true);
        first.Make(_action);
        byte[] entry = Entry().Value;

        // The second does not see the first's entry until it pushes its own.
        int hidden = 0;
        string key = Entry().Key;
        _server.Fault = request => request.StartsWith("GET", StringComparison.Ordinal) && request.EndsWith(key, StringComparison.Ordinal) && hidden++ == 0 && _server.Packages.TryRemove(key, out _) ? null
            : Put(request, key, entry);
        second.Make(_action);
        _server.Fault = _ => null;
        third.Make(_action, seed: 2);

        Assert.Empty(second.Log.Diagnostics);
        Assert.Equal(["MOPS2136"], third.Log.Codes);
        Assert.Equal(entry, Entry().Value);
    }

    [Fact]
    public void A_file_that_is_no_longer_what_its_record_says_is_not_pushed()
    {
        using var ours = new Machine(_server.Index, push: true);
        ours.Write("made/model.safetensors", "weights");
        ResultSource results = ours.Results();
        StoredAction stored = results.Proven.Put(_action, ours["made"]);
        ours.Write("made/model.safetensors", "WEIGHTS");

        results.Push(stored, ours["made"], null, default);

        Assert.Equal(["MOPS2135"], ours.Log.Codes);
        Assert.Empty(_server.Packages);
    }

    [Fact]
    public void A_push_that_fails_is_one_warning()
    {
        _server.ApiKey = "secret";
        using var without = new Machine(_server.Index, push: true);
        using var with = new Machine(_server.Index, push: true, apiKey: "secret");

        without.Make(_action);
        without.Make(Machine.Action(2));
        bool empty = _server.Packages.IsEmpty;
        with.Make(_action);

        Assert.Equal(["MOPS2135"], without.Log.Codes);
        Assert.True(empty);
        Assert.Empty(with.Log.Diagnostics);
        Assert.NotEmpty(_server.Packages);
    }

    [Fact]
    public void The_feeds_own_credentials_come_from_nuget_config()
    {
        _server.Credentials = "ci:pass word";
        using var known = new Machine("team", push: true);
        known.Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="team" value="{_server.Index}" allowInsecureConnections="true" /></packageSources>
              <packageSourceCredentials><team><add key="Username" value="ci" /><add key="ClearTextPassword" value="pass word" /></team></packageSourceCredentials>
            </configuration>
            """);
        using var stranger = new Machine(_server.Index);

        known.Make(_action);

        Assert.Empty(known.Log.Diagnostics);
        Assert.NotEmpty(_server.Packages);
        Assert.Null(stranger.Pull(_action));
        Assert.Equal(["MOPS2131"], stranger.Log.Codes);
    }

    [Fact]
    public void Nothing_is_pushed_unless_asked_for_or_from_a_fork()
    {
        using var quiet = new Machine(_server.Index);
        using var fork = new Machine(_server.Index, push: true, environment: new() { ["SYSTEM_PULLREQUEST_ISFORK"] = "True" });

        quiet.Make(_action);
        fork.Make(_action);

        Assert.Empty(_server.Packages);
        Assert.Contains("fork", Assert.Single(fork.Log.Messages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("teem", "MOPS2130")]
    [InlineData("http://packages.example/v3/index.json", "MOPS2137")]
    public void A_source_that_cannot_be_meant_is_an_error(string source, string code)
    {
        using var machine = new Machine(source);
        Assert.Equal(code, Assert.Throws<DiagnosticException>(machine.Results).Diagnostic.Code);
    }

    private KeyValuePair<string, byte[]> Entry() => _server.Packages.Single(p => p.Key.Contains(".entry.", StringComparison.Ordinal));

    private FeedFault? Put(string request, string key, byte[] entry)
    {
        if (request.StartsWith("PUT", StringComparison.Ordinal))
        {
            _server.Packages.TryAdd(key, entry);
        }

        return null;
    }

    private void Break(string fault)
    {
        string part = _server.Packages.Keys.First(name => name.Contains(".part.", StringComparison.Ordinal));
        KeyValuePair<string, byte[]> entry = Entry();
        switch (fault)
        {
            case "error":
                _server.Fault = _ => FeedFault.Error;
                break;
            case "hang":
                _server.Fault = request => request.Contains("flat", StringComparison.Ordinal) ? FeedFault.Hang : null;
                break;
            case "truncated answer":
                _server.Fault = request => request.Contains(".entry.", StringComparison.Ordinal) ? FeedFault.Truncate : null;
                break;
            case "no index":
                _server.Fault = _ => null;
                _server.Credentials = "no:body";
                break;
            case "gone":
                _server.Dispose();
                break;
            case "truncated package":
                _server.Packages[entry.Key] = entry.Value[..(entry.Value.Length / 2)];
                break;
            case "flipped byte":
                byte[] flipped = [.. _server.Packages[part]];
                int at = flipped.AsSpan().IndexOf(".bin"u8) + 300;
                flipped[at] ^= 1;
                _server.Packages[part] = flipped;
                break;
            case "wrong content":
                _server.Packages[part] = _server.Packages.First(p => p.Key.Contains(".part.", StringComparison.Ordinal) && p.Key != part).Value;
                break;
            case "changed part":
                _server.Packages[part] = PackageDamage.Rewrite(_server.Packages[part], "modelops/parts/", bytes => [(byte)(bytes[0] ^ 1), .. bytes[1..]]);
                break;
            case "a part less":
                _server.Packages[entry.Key] = PackageDamage.Rewrite(entry.Value, CacheEntry.PartsPath, PackageDamage.LosePart);
                break;
            case "parts in another order":
                _server.Packages[entry.Key] = PackageDamage.Rewrite(entry.Value, CacheEntry.PartsPath, PackageDamage.SwapParts);
                break;
            case "missing part":
                _server.Packages.TryRemove(part, out _);
                break;
            case "other key":
                using (var other = new Machine(_server.Index, push: true))
                {
                    other.Make(Machine.Action(5));
                }

                _server.Packages[entry.Key] = _server.Packages.Single(p => p.Key.Contains(".entry.", StringComparison.Ordinal) && p.Key != entry.Key).Value;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault));
        }
    }
}
