using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;

namespace ModelOps.Core.Tests.Preparing;

/// <summary>Sources in a folder of their own, prepared.</summary>
internal sealed class Sources : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SourceSpec> _specs = [];

    public RecordingLog Log { get; } = new();

    public PreparedFiles Files => new(_folder.In("prepared"));

    public IReadOnlyList<SourceSpec> Specs => _specs;

    public string this[string name] => _folder.In(name);

    public Sources Add(string name, SourceFormat format, string text, Func<SourceSpec, SourceSpec>? with = null)
    {
        var spec = new SourceSpec(_folder.Write(name, text), name, format);
        _specs.Add(with is null ? spec : with(spec));
        return this;
    }

    public PreparedSets? Prepare(Func<PreparationRequest, PreparationRequest>? with = null)
    {
        var request = new PreparationRequest(_folder.In("p.csproj"), _specs);
        return Preparation.Run(with is null ? request : with(request), Log, CancellationToken.None);
    }

    /// <summary>The lines of a set; empty where it has none.</summary>
    public static string[] Lines(PreparedSets? sets, DatasetKind kind)
        => [.. sets!.Sets.FirstOrDefault(s => s.Kind == kind)?.Lines.Select(l => Encoding.UTF8.GetString(l.Row.Line.Span)) ?? []];

    public static string[] All(PreparedSets? sets) => [.. sets!.Sets.SelectMany(s => Lines(sets, s.Kind))];

    /// <summary>In which set each question is.</summary>
    public static Dictionary<string, DatasetKind> Sides(PreparedSets? sets)
        => sets!.Placed.GroupBy(p => p.Row.QuestionKey, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Select(p => p.Kind).Distinct().Single(), StringComparer.Ordinal);

    public Diagnostic Problem() => Assert.Single(Log.Diagnostics);

    public void Dispose() => _folder.Dispose();
}
