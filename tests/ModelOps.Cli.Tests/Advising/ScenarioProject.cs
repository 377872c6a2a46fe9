using System.IO.Compression;
using System.Security;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using LibGit2Sharp;
using ModelOps.Core.Data;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Advising;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Git;

namespace ModelOps.Cli.Tests.Advising;

/// <summary>A scenario as a project that was built: its rows, and what the build left, written by the product's own writers.</summary>
internal sealed class ScenarioProject : IDisposable
{
    private readonly Scenario _scenario;
    private readonly FixtureProject _project;
    private readonly string _folder;

    public ScenarioProject(string name)
    {
        _scenario = Scenario.Read(name);
        _folder = Path.Combine(Scenario.Root, name);
        _project = new FixtureProject(Body());
        if (_scenario.Build is not null)
        {
            CopyBuild();
            return;
        }

        string[] rows = Rows("train", _scenario.TrainingRows, s => s.Training);
        Commit(rows);
        WriteRows(Files, rows);
        EvaluationItem[] items = [.. Rows("eval", _scenario.HeldOutRows, s => s.HeldOut).Select(Item)];
        File.WriteAllBytes(Files.Evaluation, EvaluationJson.Write(Evaluate(items, [.. _scenario.Subjects.Select(s => Run(s, items))])));
        foreach (ScenarioPoint point in _scenario.Curve)
        {
            StageFiles share = EvidenceReader.Share(Files, (int)(point.Share * 100));
            WriteRows(share, rows[..(int)(rows.Length * point.Share)]);
            File.WriteAllBytes(share.Evaluation, EvaluationJson.Write(Evaluate(items, [Run(new ScenarioSubject("candidate", "candidate", "fineTune", point.Score, 50, 10), items)])));
        }

        File.WriteAllText(Files.Measurements, new JsonObject { ["evaluate"] = new JsonObject(_scenario.Subjects.Where(s => s.P95 is not null).Select(s =>
            KeyValuePair.Create(s.Name, (JsonNode?)new JsonObject { ["p95"] = new JsonObject { ["milliseconds"] = s.P95 } }))) }.ToJsonString());
        Directory.CreateDirectory(Files.Adapter);
        File.WriteAllText(Path.Combine(Files.Adapter, "training.json"), FormattableString.Invariant($$"""{"format":1,"steps":[{"step":1,"loss":{{_scenario.LossFirst}},"tokens":900},{"step":2,"loss":{{_scenario.LossLast}},"tokens":900}]}"""));
    }

    public string ProjectFile => _project.Path;

    private StageFiles Files => _project.Files;

    public void Dispose() => _project.Dispose();

    private string Body() => $"""
        <PropertyGroup>{string.Concat(_scenario.Properties.Select(p => $"<{p.Key}>{SecurityElement.Escape(p.Value)}</{p.Key}>"))}</PropertyGroup>
        <ItemGroup>
          <TrainingData Include="data/train/rows.jsonl" />
          {(_scenario.Documents ? "<Documents Include=\"documents/handbook.md\" />" : "")}
          {string.Concat(_scenario.Build is { } built ? GatesOf(built) : _scenario.Gates.Select(Gate))}
        </ItemGroup>
        """;

    private static string Gate(ScenarioGate gate)
    {
        MetricSpec metric = Spec(gate.Metric);
        return FormattableString.Invariant($"<EvalGate Include=\"{metric.Name}\" Name=\"{metric.Field}\" Minimum=\"{gate.Minimum}\" MinimumGain=\"{gate.MinimumGain}\" Slice=\"{gate.Slice}\" />");
    }

    /// <summary><c>Judge(tone)</c> or a name alone.</summary>
    private static MetricSpec Spec(string text) => text.Split('(', ')') is [var name, var field, ..] ? new MetricSpec(name, field) : new MetricSpec(text);

    private static IEnumerable<string> GatesOf(string project)
        => XDocument.Load(Directory.GetFiles(Path.Combine(Scenario.Repository, project), "*.csproj").Single()).Descendants("EvalGate").Select(gate => gate.ToString());

    // What a build of the repository's own sample left, at the places where it was; the rows are the sample's own.
    private void CopyBuild()
    {
        WriteRows(Files, [.. Directory.GetFiles(Path.Combine(Scenario.Repository, _scenario.Build!, "data", "train")).Order(StringComparer.Ordinal).SelectMany(File.ReadAllLines)]);
        foreach (string file in Directory.GetFiles(Path.Combine(_folder, "built"), "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(Files.Directory, Path.GetRelativePath(Path.Combine(_folder, "built"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
            if (Path.GetExtension(file) == ".gz")
            {
                using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
                using FileStream whole = File.Create(target[..^3]);
                packed.CopyTo(whole);
            }
        }
    }

    /// <summary>The written rows over and over, each question with a number of its own; of a slice as many as the scenario says.</summary>
    private string[] Rows(string file, int count, Func<ScenarioSlice, int> of)
    {
        JsonObject[] written = [.. File.ReadLines(Path.Combine(_folder, $"{file}.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];
        var rows = new List<string>();
        foreach ((string slice, ScenarioSlice size) in _scenario.Slices)
        {
            JsonObject[] its = [.. written.Where(r => (string?)r["slice"] == slice)];
            rows.AddRange(Enumerable.Range(0, of(size)).Select(i => Numbered(its[i % its.Length], rows.Count + i)));
        }

        JsonObject[] others = [.. written.Where(r => r["slice"] is null)];
        return [.. rows, .. Enumerable.Range(rows.Count, count - rows.Count).Select(i => Numbered(others[i % others.Length], i))];
    }

    private static string Numbered(JsonObject row, int number)
    {
        JsonObject copy = row.DeepClone().AsObject();
        JsonNode question = copy["messages"]!.AsArray()[^2]!;
        question["content"] = FormattableString.Invariant($"{question["content"]} [{number + 1}]");
        return copy.ToJsonString();
    }

    private void WriteRows(StageFiles files, string[] rows)
    {
        string path = files == Files ? Path.Combine(_project.Folder, "data", "train", "rows.jsonl") : files.Directory + ".jsonl";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.CreateDirectory(files.Directory);
        File.WriteAllLines(path, rows);
        Dataset set = DatasetReader.Read([path], DatasetKind.Training, new RecordingLog(), CancellationToken.None)!;
        DatasetManifest.Of(_project.Folder, [set]).Write(files.Dataset);
        set.WriteRows(files.Rows(DatasetKind.Training));
    }

    /// <summary>Weeks of commits, in each of which a share of the rows gets another answer; the last one has the rows of now.</summary>
    private void Commit(string[] rows)
    {
        if (_scenario.History is not { } history || !GitLibrary.IsThere)
        {
            return;
        }

        using var repository = new Repository(Repository.Init(_project.Folder));
        string path = Path.Combine(_project.Folder, "data", "train", "rows.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        int replaced = (int)(rows.Length * history.ReplacedPerWeek);
        for (int week = 0; week <= history.Weeks; week++)
        {
            // A row is of now once the window of replacements went over it for the last time.
            int left = history.Weeks - week;
            File.WriteAllLines(path, rows.Select((row, i) => ((i / Math.Max(1, replaced)) % Math.Max(1, rows.Length / Math.Max(1, replaced))) is var turn && turn < left
                ? row.Replace("]\"", FormattableString.Invariant($" v{(left - turn + (rows.Length / Math.Max(1, replaced)) - 1) / Math.Max(1, rows.Length / Math.Max(1, replaced))}]\""), StringComparison.Ordinal) : row));
            Commands.Stage(repository, "data");
            var who = new Signature("Ann", "ann@example.org", new DateTimeOffset(2026, 11, 16, 8, 0, 0, TimeSpan.Zero).AddDays(-7 * left));
            repository.Commit($"week {week}", who, who);
        }
    }

    private static EvaluationItem Item(string line, int index)
    {
        using JsonDocument row = JsonDocument.Parse(line);
        JsonElement[] messages = [.. row.RootElement.GetProperty("messages").EnumerateArray()];
        string? slice = row.RootElement.TryGetProperty("slice", out JsonElement s) ? s.GetString() : null;
        return new EvaluationItem(FormattableString.Invariant($"row{index}"), [new PromptMessage("user", messages[^2].GetProperty("content").GetString()!)], messages[^1].GetProperty("content").GetString()!, slice);
    }

    private EvaluationReport Evaluate(EvaluationItem[] items, SubjectRun[] runs)
    {
        EvaluationItem[] skills = [.. Enumerable.Range(0, _scenario.Regression?.Rows ?? 0).Select(i => new EvaluationItem($"skill{i}", [new PromptMessage("user", $"What is {i} and {i}?")], $"{2 * i}"))];
        bool whole = runs.Length > 1;
        return Evaluator.Evaluate(new EvaluationInput
        {
            Fields = new KeyFields().Add("rows", items.Length).Add("subjects", runs.Length),
            Items = items,
            Subjects = runs,
            Metrics = [.. new[] { MetricSpec.Primary, Spec(_scenario.Metric) }.Distinct()],
            Bootstrap = new BootstrapOptions { Resamples = 50 },
            Judges = _scenario.Judge is { } judge && whole ? [new JudgeAgreement(judge.Name, ["fail", "pass"], judge.Counts, judge.Minimum)] : [],
            Regression = _scenario.Regression is { } r && whole
                ? new RegressionInput(skills, Answered("candidate", SubjectKind.Candidate, skills, Right(skills, r.Candidate, 3)), Answered("base", SubjectKind.Baseline, skills, Right(skills, r.Base, 4)), [MetricSpec.Primary]) : null,
        });
    }

    private SubjectRun Run(ScenarioSubject subject, EvaluationItem[] items)
    {
        HashSet<int> right = [.. subject.Slices.SelectMany(s => Right(items, s.Value, subject.Name.Length, i => items[i].Slice == s.Key))];
        int others = (int)Math.Round(subject.Score * items.Length) - right.Count;
        right.UnionWith(Order(items, subject.Name.Length, i => items[i].Slice is null || !subject.Slices.ContainsKey(items[i].Slice!)).Take(others));
        SubjectRun run = Answered(subject.Name, Enum.Parse<SubjectKind>(subject.Kind, ignoreCase: true), items, right) with
        {
            Technique = Enum.Parse<SubjectTechnique>(subject.Technique, ignoreCase: true),
            Asked = subject.Asked,
            Price = subject.Price is [var prompt, var completion] ? new TokenPrice(prompt, completion, "USD") : null,
        };
        return run with
        {
            Answers = [.. run.Answers.Select(a => a with { PromptTokens = subject.PromptTokens, CompletionTokens = subject.CompletionTokens })],
            GivenScores = Spec(_scenario.Metric).Name == MetricRegistry.Judge
                ? new Dictionary<string, IReadOnlyList<double>> { [Spec(_scenario.Metric).ToString()] = [.. items.Select((_, i) => right.Contains(i) ? 1.0 : 0.0)] } : new Dictionary<string, IReadOnlyList<double>>(),
        };
    }

    private static SubjectRun Answered(string name, SubjectKind kind, EvaluationItem[] items, IEnumerable<int> right)
    {
        HashSet<int> known = [.. right];
        return new SubjectRun(name, kind, [.. items.Select((item, i) => new SubjectAnswer(known.Contains(i) ? item.Reference : "something else"))]);
    }

    private static IEnumerable<int> Right(EvaluationItem[] items, double share, int salt, Func<int, bool>? where = null)
    {
        int[] order = [.. Order(items, salt, where ?? (_ => true))];
        return order.Take((int)Math.Round(share * order.Length));
    }

    /// <summary>Rows from easy to hard: mostly the same for everybody, so that subjects are right on the same rows as far as they can.</summary>
    private static IEnumerable<int> Order(EvaluationItem[] items, int salt, Func<int, bool> where)
        => Enumerable.Range(0, items.Length).Where(where).OrderBy(i => (Mix(i, 1) % 1000) + (Mix(i, 100 + salt) % 300)).ThenBy(i => i);

    private static int Mix(int row, int salt)
    {
        uint x = ((uint)row * 2654435761u) ^ ((uint)salt * 2246822519u);
        x = (x ^ (x >> 15)) * 2246822519u;
        x = (x ^ (x >> 13)) * 3266489917u;
        return (int)((x ^ (x >> 16)) & 0x7fffffff);
    }
}
