using System.Security;
using System.Text;
using ModelOps.Cli.Projects;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Pipeline.Advising;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Cli.Verbs;

/// <summary>
/// Makes the evidence: the project's own evaluation, and those of models tuned on a quarter and on half of its rows, each a build of the same project with other
/// <c>TrainingData</c> and its own intermediate folder. The shares are nested and chosen by the rows' digests, so they stay when rows are added, and a second run takes all from the store.
/// </summary>
internal sealed class AdviseRun(Terminal terminal, BuildRequest request, ProjectInputs inputs, StageFiles files)
{
    /// <summary>The SDK's own extension point, by which the rows are exchanged; what the project has there stays.</summary>
    public const string CustomTargets = "CustomBeforeModelOpsTargets";

    private const string Target = "ModelOpsEvaluate";
    private static readonly int[] s_percents = [25, 50];
    private readonly BuildProcess _build = new(terminal);

    public async Task<BuildOutcome> RunAsync(CancellationToken cancellation)
    {
        BuildRequest whole = request with { Target = Target, Verbosity = "minimal" };
        BuildOutcome outcome = await _build.RunAsync(whole, outputIsData: true, cancellation).ConfigureAwait(false);
        foreach (int percent in outcome.MSBuildExitCode == 0 ? s_percents : [])
        {
            outcome = await ShareAsync(whole, percent, cancellation).ConfigureAwait(false);
            if (outcome.MSBuildExitCode != 0)
            {
                break;
            }
        }

        return outcome;
    }

    private Task<BuildOutcome> ShareAsync(BuildRequest whole, int percent, CancellationToken cancellation)
    {
        StageFiles share = EvidenceReader.Share(files, percent);
        string rows = share.Directory + ".jsonl", targets = share.Directory + ".targets";
        Directory.CreateDirectory(share.Directory);
        AtomicFile.WriteIfDifferent(rows, Encoding.UTF8.GetBytes(string.Concat(RowsOf(percent).Select(line => line + "\n"))));
        AtomicFile.WriteIfDifferent(targets, Encoding.UTF8.GetBytes(TargetsWith(rows, share.Directory)));
        return _build.RunAsync(
            whole with { Restore = false, Properties = [.. whole.Properties, $"{CustomTargets}={targets}"] }, outputIsData: true, cancellation);
    }

    /// <summary>The first of the rows in the order of their digests, as they are written in the project's files.</summary>
    private IEnumerable<string> RowsOf(int percent)
    {
        DatasetSet training = DatasetManifest.TryRead(files.Dataset)!.Set(DatasetKind.Training)!;
        Dictionary<int, string[]> lines = training.Files.Index().ToDictionary(f => f.Index, f => File.ReadAllLines(Path.GetFullPath(f.Item.Path, inputs.ProjectDirectory)));
        return training.Rows.OrderBy(row => row.Id.ToString(), StringComparer.Ordinal).Take(Math.Max(1, training.Rows.Count * percent / 100)).Select(row => lines[row.File][row.Line - 1]);
    }

    // A property of the command line reaches projects that this one refers to as well: they are left as they are. What is recorded in eval.lock is the whole's.
    private string TargetsWith(string rows, string folder) => $"""
        <Project>
          {(inputs.Setting(CustomTargets) is { Length: > 0 } own ? $"<Import Project=\"{Escape(own)}\" Condition=\"Exists('{Escape(own)}')\" />" : "")}
          <PropertyGroup Condition="'$(MSBuildProjectFullPath)' == '{Escape(inputs.ProjectFile)}'">
            <ModelOpsIntermediateDirectory>{Escape(folder)}{Path.DirectorySeparatorChar}</ModelOpsIntermediateDirectory>
            <UseEvalLock>false</UseEvalLock>
          </PropertyGroup>
          <ItemGroup Condition="'$(MSBuildProjectFullPath)' == '{Escape(inputs.ProjectFile)}'">
            <TrainingData Remove="@(TrainingData)" />
            <TrainingData Include="{Escape(rows)}" License="{Escape(inputs.TrainingData is [var first, ..] ? first[Names.License] ?? "" : "")}" />
          </ItemGroup>
        </Project>

        """;

    // For XML, and for MSBuild: a path may hold what both take for their own.
    private static string Escape(string text) => SecurityElement.Escape(
        string.Concat(text.Select(c => c is '%' or '*' or '?' or ';' or '$' or '@' or '(' or ')' or '\'' ? FormattableString.Invariant($"%{(int)c:X2}") : c.ToString())))!;
}
