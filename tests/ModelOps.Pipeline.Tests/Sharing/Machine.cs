using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Sharing;

namespace ModelOps.Pipeline.Tests.Sharing;

/// <summary>A machine with an empty store before a feed.</summary>
internal sealed class Machine : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment;

    public Machine(string source, bool push = false, string trusted = "", string? signingKey = null, Dictionary<string, string>? environment = null, string? apiKey = null)
    {
        _environment = environment ?? [];
        _folder.Write("nuget.config", "<configuration><packageSources><clear /></packageSources></configuration>");
        Project = _folder.Write("p.csproj", "<Project />");
        if (signingKey is not null)
        {
            _environment["SIGNING"] = signingKey;
        }

        if (apiKey is not null)
        {
            _environment["APIKEY"] = apiKey;
        }

        Options = new CacheOptions(source, push, signingKey is null ? "" : "SIGNING", trusted, apiKey is null ? "" : "APIKEY", TimeSpan.FromSeconds(1))
        {
            Environment = name => _environment.GetValueOrDefault(name),
        };
    }

    public TestLog Log { get; } = new();

    public CacheOptions Options { get; }

    public string Project { get; }

    public FeedHealth Health { get; set; } = new();

    public string Store => _folder["store"];

    public string Out => _folder["out"];

    public string this[string file] => _folder[file];

    public static FingerprintFile Action(int number = 0) => FingerprintFile.Of("Train", new KeyFields().Add("number", number));

    public void Write(string file, string text) => _folder.Write(file, text);

    /// <summary>Small parts, so that small files are cut as large ones are.</summary>
    public ResultSource Results()
    {
        var inputs = TestInputs.Of(Project);
        var cache = new SharedCache(FeedFinder.Find(Options, inputs), Options, Health, inputs, Log, new CachePackages(PartSize: 1000, OwnPackageFrom: 300));
        return new ResultSource(Store, cache, _folder["work"], Log);
    }

    /// <summary>Makes a result here, as training would, and offers it.</summary>
    public StoredAction Make(FingerprintFile action, int seed = 1)
    {
        string folder = _folder[$"made-{Guid.NewGuid():N}"];
        Directory.CreateDirectory(Path.Combine(folder, "deep"));
        byte[] large = new byte[3500];
        new Random(seed).NextBytes(large);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), large);
        File.WriteAllText(Path.Combine(folder, "deep", "config.json"), "{}");
        File.WriteAllText(Path.Combine(folder, "empty"), "");
        File.WriteAllText(Path.Combine(folder, "measured.json"), Guid.NewGuid().ToString());
        ResultSource results = Results();
        StoredAction stored = results.Proven.Put(action, folder);
        results.Push(stored, folder, "measured.json", default);
        return stored;
    }

    public ResultOrigin? Pull(FingerprintFile action, ResultScope scope = ResultScope.Any) => Results().TryPull(action, Out, scope, default);

    public bool HasNothing => new ResultSource(Store, null, _folder["work"], Log) is var results
        && !Directory.Exists(Path.Combine(Store, "actions")) && !Directory.Exists(Path.Combine(results.Unproven.Root, "actions"));

    public void Dispose() => _folder.Dispose();
}
