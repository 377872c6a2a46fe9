using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>What prompts are made of, read when the first one asks for it: training rows, example files, documents. None of it is a held-out row.</summary>
internal sealed class PromptMaterial(EvaluationSubject subject, DatasetManifest dataset, IReadOnlyList<EvaluationItem> heldOut, IStageLog log, CancellationToken cancellation)
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private IReadOnlyList<EvaluationItem>? _training;
    private PassageIndex? _documents;
    private IReadOnlyList<EvaluationItem>? _validation;

    /// <summary>The validation rows that prompts are fitted on, in canonical order; no more than <see cref="ShotChoice.MostRows"/>.</summary>
    public IReadOnlyList<EvaluationItem> Validation => _validation ??= dataset.Set(DatasetKind.Validation) is { } set
        ? [.. HeldOutRows.Read(subject.Inputs, subject.Inputs.ValidationData, set, log, cancellation).Take(ShotChoice.MostRows)] : [];

    /// <summary>A prompt with all that it shows.</summary>
    public PreparedPrompt Prepare(PromptItem item)
    {
        var prompt = new PreparedPrompt(item.File, item.Name)
        {
            Examples = Examples(item),
            Documents = item.Passages > 0 ? _documents ??= ReadDocuments() : null,
            Passages = item.Passages,
            Answer = item.Answer,
        };

        // A name that only some rows have would fail at the first row without it, long after the build began.
        prompt.CheckPlaceholders(Shared(heldOut));
        return prompt;
    }

    private ExamplePool? Examples(PromptItem item)
    {
        if (item.Examples is null && item.Shots.Count == 0)
        {
            return null;
        }

        IReadOnlyList<EvaluationItem> rows = item.Examples is { } file ? ReadExamples(item, file) : _training ??= ReadTraining();
        string source = item.Examples ?? "the training rows";
        string[] missing = [.. item.File.QuestionPlaceholders.Except(Shared(rows), StringComparer.Ordinal)];
        return missing.Length > 0 ? throw PromptErrors.ExampleWithoutField(item.Location, missing[0], source)
            : item.Shots is [int count] ? ExamplePool.NearestOf(rows, count, fromTraining: item.Examples is null)
            : item.Shots.Count > 0 ? ExamplePool.FittedOf(rows, Choice(item), fromTraining: item.Examples is null)
            : ExamplePool.Fixed(rows);
    }

    private ShotChoice Choice(PromptItem item)
    {
        if (Validation.Count == 0)
        {
            throw EvaluateErrors.NothingToFitOn(item.Name, item.Source.At(Names.Shots));
        }

        item.File.CheckPlaceholders(Shared(Validation).Append(PromptyFile.DocumentsPlaceholder));
        return new ShotChoice(item.Shots, dataset.Set(DatasetKind.Validation)!.Digest, subject.FittedBy);
    }

    private IReadOnlyList<EvaluationItem> ReadTraining()
    {
        RowOrder order = subject.Settings.Training.PreserveDataOrder ? RowOrder.AsWritten : RowOrder.Canonical;
        Dataset? rows = DatasetReader.Read([.. subject.Inputs.TrainingData.Select(i => i.FullPath)], DatasetKind.Training, log, cancellation, order);
        return rows is not null && rows.Digest == dataset.Set(DatasetKind.Training)?.Digest ? EvaluationItem.FromRows(rows.Rows) : throw EvaluateErrors.DataMoved(subject.Inputs.ProjectFile);
    }

    /// <summary>Examples of a file, as written. One that asks what a held-out row asks would tell its answer.</summary>
    private IReadOnlyList<EvaluationItem> ReadExamples(PromptItem item, string file)
    {
        Dataset rows = DatasetReader.Read([file], DatasetKind.Training, log, cancellation, RowOrder.AsWritten) ?? throw EvaluateErrors.BadExamples(file, item.Source.At(Names.Examples));
        var questions = new HashSet<string>(heldOut.Select(h => h.Input.Trim()), StringComparer.Ordinal);
        return rows.Rows.FirstOrDefault(row => questions.Contains(row.LastUserMessage.Trim())) is { } leak
            ? throw EvaluateErrors.ExampleIsHeldOut(leak.Location) : EvaluationItem.FromRows(rows.Rows);
    }

    private PassageIndex ReadDocuments()
    {
        var index = PassageIndex.Of(subject.Inputs.OfType(Names.Documents).Select(item => ReadText(item.FullPath)));
        return index.Count > 0 ? index : throw EvaluateErrors.BadDocument(subject.Inputs.ProjectFile, "no document has any text");
    }

    private static string ReadText(string path)
    {
        try
        {
            return s_strictUtf8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw EvaluateErrors.BadDocument(path, e is DecoderFallbackException ? "it is not UTF-8" : e.Message);
        }
    }

    /// <summary>The fields that all rows have.</summary>
    private static IEnumerable<string> Shared(IReadOnlyList<EvaluationItem> rows)
        => rows.Select(item => (IEnumerable<string>)(item.Fields?.Keys ?? [])).Aggregate((a, b) => a.Intersect(b, StringComparer.Ordinal));
}
