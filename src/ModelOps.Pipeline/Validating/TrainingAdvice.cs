using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Validating;

/// <summary>What the field advises on numbers of rows and on hyper-parameters: notes, never obstacles. The table and its sources are in <c>docs/data-checks.md</c>.</summary>
internal static class TrainingAdvice
{
    /// <summary>Rows below which a method is known to do little, and from which it is known to work well.</summary>
    internal static (int Little, int Strong) Rows(string objective) => objective == "dpo" ? (100, 1000) : (100, 500);

    /// <summary>Learning rates that the field uses for adapters and for all weights, for models of a hundred million parameters and more.</summary>
    internal static (double Least, double Most) LearningRate(string method) => method == "full" ? (1e-6, 1e-4) : (5e-5, 3e-3);

    public static void CheckRows(Dataset training, TypedSettings settings, Findings findings)
    {
        (int little, int strong) = Rows(settings.Training.Objective);
        if (training.Rows.Count < strong)
        {
            findings.Add(ValidateFindings.FewRows(new SourceLocation(training.Files[0].Path), training.Rows.Count, little, strong, settings.FineTuneMethod), 0);
        }
    }

    public static void CheckSettings(TypedSettings settings, Func<string, SourceLocation> locate, Findings findings)
    {
        TrainOptions options = settings.Training;
        if (options.MaxSteps == 0 && options.Epochs is not (>= 2 and <= 4))
        {
            findings.Add(ValidateFindings.UnusualSetting(Names.Epochs, $"{options.Epochs}", "2 to 4",
                options.Epochs < 2 ? "fewer passes seldom reach what the rows can teach" : "more passes tend to learn the rows by heart", locate(Names.Epochs)), 0);
        }

        (double least, double most) = LearningRate(options.Method);
        if (options.Objective == "sft" && (options.LearningRate < least || options.LearningRate > most))
        {
            bool low = options.LearningRate < least;
            string other = options.Method == "full" ? "rates of adapters are ten times those of all weights" : "rates of full fine-tuning are a tenth of those of adapters";
            findings.Add(ValidateFindings.UnusualSetting(Names.LearningRate, FormattableString.Invariant($"{options.LearningRate}"), FormattableString.Invariant($"{least} to {most} for '{settings.FineTuneMethod}'"),
                low == (options.Method != "full") ? other : low ? "the model hardly moves" : "training may diverge", locate(Names.LearningRate)), 1);
        }

        if (options.Method != "full" && options.LoraAlpha / options.LoraRank is < 0.5 or > 4)
        {
            findings.Add(ValidateFindings.UnusualSetting(Names.LoraAlpha, FormattableString.Invariant($"{options.LoraAlpha}"), $"one to two times LoraRank ({options.LoraRank})",
                "alpha divided by rank scales the update", locate(Names.LoraAlpha)), 2);
        }
    }

    /// <summary>Sources whose licence the project does not name.</summary>
    public static void CheckLicenses(ProjectInputs inputs, IEnumerable<(DatasetKind Kind, IReadOnlyList<ProjectItem> Items)> sets, Findings findings)
    {
        // What is made of sources has their licences.
        string? made = inputs.Prepared?.Folder;
        ProjectItem[] sources = [.. inputs.OfType(Names.SourceData)];
        if (sources.FirstOrDefault(s => s[Names.License] is null) is { } first)
        {
            findings.Add(ValidateFindings.NoSourceLicense(new SourceLocation(first.FullPath), sources.Count(s => s[Names.License] is null), sources.Length), 0);
        }

        foreach ((DatasetKind kind, IReadOnlyList<ProjectItem> items) in sets)
        {
            ProjectItem[] unnamed = [.. items.Where(i => i[Names.License] is null && Path.GetDirectoryName(i.FullPath) != made)];
            if (unnamed.Length > 0)
            {
                findings.Add(ValidateFindings.NoLicense(new SourceLocation(unnamed[0].FullPath), kind, unnamed.Length, items.Count), (int)kind);
            }
        }
    }
}
