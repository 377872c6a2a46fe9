using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>Random sequences of edits, each step compared with a build from scratch on an empty store.</summary>
public sealed class RandomEditTests
{
    private const string Train = "Triage/data/train/a.jsonl", Eval = "Triage/data/eval/a.jsonl", Prompt = "Triage/prompts/zero.prompty";

    private static readonly Action<EditProject, Random>[] s_edits =
    [
        (p, r) => Line(p, Train, r, line => line.Replace("please", r.Next(3) == 0 ? "kindly" : "please now", StringComparison.Ordinal)),
        (p, r) => Lines(p, Train, lines => [.. lines, Projects.Row($"another question number {r.Next(5)}", Projects.Labels[r.Next(4)])]),
        (p, r) => Lines(p, Train, lines => lines.Length > 40 ? [.. lines.Where((_, i) => i != r.Next(lines.Length))] : lines),
        (p, r) => Lines(p, Train, lines => { r.Shuffle(lines); return lines; }),
        (p, _) => Lines(p, Train, lines => [.. lines.Select(l => l.TrimEnd('\r') + "\r")]),
        (p, _) => File.SetLastWriteTimeUtc(p[Train], DateTime.UtcNow.AddDays(-30)),
        (p, r) => Line(p, Eval, r, line => line.Replace(" now", " soon", StringComparison.Ordinal)),
        (p, r) => Lines(p, Eval, lines => { r.Shuffle(lines); return lines; }),
        (p, r) => p.Settings[Names.LearningRate] = ((string[])["1e-3", "0.001", "2e-4", "0.0002"])[r.Next(4)],
        (p, r) => p.Settings[Names.Seed] = $"{r.Next(2)}",
        (p, r) => p.Settings[Names.FineTuneMethod] = r.Next(4) == 0 ? "full" : "lora",
        (p, r) => p.Settings[Names.LoraRank] = $"{8 << r.Next(2)}",
        (p, r) => p.Settings[Names.MaxNewTokens] = $"{64 << r.Next(2)}",
        (p, r) => p.Settings[Names.PreserveDataOrder] = r.Next(4) == 0 ? "true" : "false",
        (p, r) => p.Gates[0].Metadata["Minimum"] = $"0.{5 + r.Next(3)}",
        (p, r) => p.Write(Prompt, $"---\nname: zero\ndescription: {r.Next(9)}\n---\nuser:\n{((string[])["Ticket:", "Mail:"])[r.Next(2)]} {{{{input}}}}\n"),
        (p, r) => p.Write("base/model.safetensors", $"weights{r.Next(2)}"),
        (p, r) => p.ChangeOrKeep("base/config.json", t => t.Replace("\"somewhere\"", $"\"place{r.Next(9)}\"", StringComparison.Ordinal)),
        (p, r) => p.Threads = $"{r.Next(3)}",
        (p, _) => { if (Directory.Exists(p.Files.Directory)) { File.Delete(Path.Combine(p.Files.Directory, "eval.json")); } },
        (p, _) => { if (Directory.Exists(p.Files.Directory)) { Directory.Delete(p.Files.Directory, recursive: true); } },
        (p, _) => File.AppendAllText(p["Triage/Triage.csproj"], "<!-- -->\n"),
    ];

    private const int Parts = 10;

    public static IEnumerable<object[]> EveryPart => Soak.Parts(Parts);

    [Theory]
    [MemberData(nameof(EveryPart))]
    public void Sequences_of_edits_end_where_a_build_from_scratch_ends_and_train_nothing_twice(int part)
    {
        for (int sequence = 0, count = Soak.Count(8, 1000 / Parts); sequence < count; sequence++)
        {
            Play((part * count) + sequence);
        }
    }

    private static void Play(int seed)
    {
        var random = new Random(seed);
        using EditProject project = Projects.Triage();
        var trained = new HashSet<string>(StringComparer.Ordinal);
        string done = $"sequence {seed}:";
        for (int step = 0, steps = 3 + random.Next(5); step < steps; step++)
        {
            for (int edits = random.Next(3); step > 0 && edits >= 0; edits--)
            {
                int which = random.Next(s_edits.Length);
                s_edits[which](project, random);
                done += $" {which}";
            }

            (Effect planned, string said) = project.Plan();
            BuildTrace trace = project.Build(pack: false);
            using EditProject fresh = project.Fresh();
            BuildTrace scratch = fresh.Build(pack: false);
            Assert.True(trace.Succeeded == scratch.Succeeded, $"{done}\n{trace.Log}\nfrom scratch:\n{scratch.Log}");
            Assert.True(Results.Difference(fresh, project) is null, $"{done}: {Results.Difference(fresh, project)}");
            string adapter = File.ReadAllText(Path.Combine(fresh.Files.Adapter, "adapter_model.safetensors"));
            Assert.True(trained.Add(adapter) == trace.Ran.Contains("train"), $"{done}: {(trace.Ran.Contains("train") ? "trained what it had trained" : "did not train")}\n{trace.Log}");
            Assert.True(planned == Effect.Retrains == trace.Ran.Contains("train"), $"{done}: planned {planned}\n{said}\n{trace.Log}");
            done += " |";
        }
    }

    private static void Line(EditProject project, string file, Random random, Func<string, string> edit) => Lines(project, file, lines =>
    {
        int at = random.Next(lines.Length);
        lines[at] = edit(lines[at]);
        return lines;
    });

    private static void Lines(EditProject project, string file, Func<string[], string[]> edit)
        => project.Write(file, string.Concat(edit(File.ReadAllText(project[file]).Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(l => l + "\n")));
}
