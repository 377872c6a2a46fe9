using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelOps.Cli.Tests.Advising;

/// <summary>What <c>scenarios/&lt;name&gt;/scenario.json</c> says of a project.</summary>
internal sealed record Scenario(string About)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true,
    };

    /// <summary>The project of the repository whose build left the evidence; then the file says nothing else.</summary>
    public string? Build { get; init; }

    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    public int TrainingRows { get; init; }

    public int HeldOutRows { get; init; }

    public bool Documents { get; init; }

    public string Metric { get; init; } = "ExactMatch";

    public IReadOnlyList<ScenarioGate> Gates { get; init; } = [];

    public IReadOnlyDictionary<string, ScenarioSlice> Slices { get; init; } = new Dictionary<string, ScenarioSlice>();

    public IReadOnlyList<ScenarioSubject> Subjects { get; init; } = [];

    public ScenarioJudge? Judge { get; init; }

    public ScenarioRegression? Regression { get; init; }

    public double LossFirst { get; init; }

    public double LossLast { get; init; }

    public IReadOnlyList<ScenarioPoint> Curve { get; init; } = [];

    public ScenarioHistory? History { get; init; }

    public static string Repository { get; } = SourceRoot();

    public static string Root { get; } = Path.Combine(Repository, "tests", "ModelOps.Cli.Tests", "Advising", "scenarios");

    public static IEnumerable<string> Names => Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal);

    public static Scenario Read(string name) => JsonSerializer.Deserialize<Scenario>(File.ReadAllBytes(Path.Combine(Root, name, "scenario.json")), s_json)!;

    public static ScenarioAnswer Answer(string name) => JsonSerializer.Deserialize<ScenarioAnswer>(File.ReadAllBytes(Path.Combine(Root, name, "answer.json")), s_json)!;

    private static string SourceRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ModelOps.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException("The tests run outside of the repository.");
    }
}

internal sealed record ScenarioAnswer(string Answer, bool WithRetrieval, string Why);

internal sealed record ScenarioGate(string Metric, double? Minimum = null, double? MinimumGain = null, string? Slice = null);

internal sealed record ScenarioSlice(int Training, int HeldOut);

internal sealed record ScenarioSubject(string Name, string Kind, string Technique, double Score, int PromptTokens, int CompletionTokens)
{
    public double? P95 { get; init; }

    public string? Asked { get; init; }

    public double[]? Price { get; init; }

    public IReadOnlyDictionary<string, double> Slices { get; init; } = new Dictionary<string, double>();
}

internal sealed record ScenarioJudge(string Name, int[][] Counts, double Minimum);

internal sealed record ScenarioRegression(int Rows, double Candidate, double Base);

internal sealed record ScenarioPoint(double Share, double Score);

internal sealed record ScenarioHistory(int Weeks, double ReplacedPerWeek);
