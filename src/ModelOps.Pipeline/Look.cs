using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Planning;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline;

/// <param name="LookFile">Where the look is kept; its time is every stage's input.</param>
/// <param name="Receipts">Folder of the stages' receipts.</param>
/// <param name="GlobalProperties">Names of properties set on the command line.</param>
/// <param name="AskOnly">Says what moved and leaves everything as it is.</param>
public sealed record LookRequest(ProjectInputs Inputs, string LookFile, string Receipts, IReadOnlyCollection<string> GlobalProperties, bool AskOnly = false);

/// <param name="Moved">Something is no longer as the last build saw it.</param>
/// <param name="Complete">Every stage up to Gate has its receipt.</param>
/// <param name="Unsigned">The feed that the model came from unsigned; empty when it may be packed.</param>
public sealed record LookResult(bool Moved, bool Complete, string TrainingKey, string Verdict, string Unsigned);

/// <summary>
/// The one cheap look of a build: no file is opened but the last look and the receipts. It runs in every build, so it keeps to plain loops;
/// what a library needs to be compiled at run time costs more than what it does.
/// </summary>
public static class Look
{
    public static LookResult Run(LookRequest request, IStageLog log)
    {
        PropertyNames.CheckGlobal(request.Inputs, request.GlobalProperties, log);
        if (!BuildMode.IsKnown(request.Inputs.Setting(Names.ModelOpsMode), out string? meant))
        {
            throw new DiagnosticException(PlanErrors.UnknownMode(request.Inputs.Setting(Names.ModelOpsMode), meant, request.Inputs.ProjectFile));
        }

        bool moved = Remember(request);
        if (moved && !request.AskOnly)
        {
            AgeReceipts(request.Receipts);
        }

        var receipts = new Dictionary<string, Receipt>(StringComparer.Ordinal);
        if (!request.AskOnly)
        {
            WithdrawSideReceipts(request);
        }

        IReadOnlyList<string> stages = request.Inputs.ReceiptStages;
        foreach (string stage in stages)
        {
            string path = Path.Combine(request.Receipts, stage);
            Receipt? receipt = Receipt.Read(path);
            if (receipt is not null && receipt.Holds())
            {
                receipts[stage] = receipt;
            }
            else if (receipt is not null && !request.AskOnly)
            {
                Receipt.Withdraw(path);
            }
        }

        bool complete = receipts.Count == stages.Count;
        string key = receipts.GetValueOrDefault(Names.Fingerprint)?["key"] ?? "";
        string verdict = receipts.GetValueOrDefault(Names.Gate)?["verdict"] ?? "";
        if (!moved && complete)
        {
            log.Message($"{request.Inputs.ProjectName} -> up to date (key {ShortKey.Of(key)}), {receipts[Names.Gate]["summary"]}", important: true);
        }

        string unsigned = receipts.GetValueOrDefault(Names.Train)?[Names.Unsigned] ?? "";
        return moved ? new LookResult(true, complete, "", "", "") : new LookResult(false, complete, key, verdict, unsigned);
    }

    /// <summary>Of a project that had references or sources once, and of package content that is no longer as written: no build waits for either.</summary>
    private static void WithdrawSideReceipts(LookRequest request)
    {
        foreach (string stage in ((string[])[Names.Resolve, Names.Prepare]).Except(request.Inputs.ReceiptStages))
        {
            Receipt.Withdraw(Path.Combine(request.Receipts, stage));
        }

        string laidOut = Path.Combine(request.Receipts, Names.LayOut);
        if (Receipt.Read(laidOut) is { } receipt && !receipt.Holds())
        {
            Receipt.Withdraw(laidOut);
        }
    }

    /// <summary>MSBuild compares times. After the clock was set back the receipts would be newer than anything that happens now, and every stage would be skipped.</summary>
    private static void AgeReceipts(string receipts)
    {
        DateTime now = DateTime.UtcNow;
        foreach (string stage in (string[])[Names.Resolve, Names.Prepare, .. Names.ReceiptStages, Names.LayOut])
        {
            string path = Path.Combine(receipts, stage);
            if (File.Exists(path) && File.GetLastWriteTimeUtc(path) >= now)
            {
                File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
            }
        }
    }

    private static bool Remember(LookRequest request)
    {
        byte[] seen = Encoding.UTF8.GetBytes(Describe(request.Inputs, DateTime.UtcNow).ToString());
        bool forced = PropertyNames.IsTrue(request.Inputs.Setting(Names.ModelOpsForce));
        if (!forced && File.Exists(request.LookFile) && seen.AsSpan().SequenceEqual(File.ReadAllBytes(request.LookFile)))
        {
            return false;
        }

        // Also when only forced: the file's time makes the stages run.
        if (!request.AskOnly)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(request.LookFile)!);
            AtomicFile.Write(request.LookFile, seen);
        }

        return true;
    }

    private static StringBuilder Describe(ProjectInputs inputs, DateTime now)
    {
        var text = new StringBuilder("modelops-look 1\n", 4096);
        foreach ((string name, string value) in inputs.Settings)
        {
            text.Append(name).Append('=').Append(value).Append('\n');
        }

        foreach (string file in inputs.ProjectFiles)
        {
            AppendFile(text, file, now);
        }

        foreach (string file in SeverityRules.Files(inputs.ProjectDirectory))
        {
            AppendFile(text, file, now);
        }

        AppendItems(text, inputs.TrainingData, now);
        AppendItems(text, inputs.ValidationData, now);
        AppendItems(text, inputs.EvalData, now);
        AppendItems(text, inputs.RegressionData, now);
        AppendItems(text, inputs.SealedData, now);
        AppendItems(text, inputs.PromptBaselines, now);
        if (inputs.SubjectItems.Count > 0)
        {
            AppendSubjects(text, inputs, now);
        }

        AppendExamples(text, inputs.PromptBaselines, inputs, now);
        foreach (string file in (string[])[inputs.AnswerSchemaFile, inputs.PriceFile, inputs.TrainerEnvironmentFile])
        {
            if (file.Length > 0)
            {
                AppendFile(text, file, now);
            }
        }

        foreach (ProjectItem gate in inputs.Gates)
        {
            AppendItem(text, gate).Append('\n');
        }

        foreach (string file in GateItems.FilesOf(inputs))
        {
            AppendFile(text, file, now);
        }

        foreach (ModelReference reference in inputs.References)
        {
            AppendReference(text, reference, now);
        }

        foreach (string file in new[] { WorkerIdentity.PathOf(inputs), TorchInstallation.FileOf(inputs) }.OfType<string>())
        {
            AppendFile(text, file, now);
        }

        if (inputs.BaseModelDirectory is { Length: > 0 } folder && Directory.Exists(folder))
        {
            string[] files = Directory.GetFiles(folder);
            Array.Sort(files, StringComparer.Ordinal);
            foreach (string file in files)
            {
                AppendFile(text, file, now);
            }
        }

        return text;
    }

    // What is made of the other model is covered by Resolve's receipt. Its files are as their own receipt has them: without ctime, which moves with every further link.
    private static void AppendReference(StringBuilder text, ModelReference reference, DateTime now)
    {
        text.Append(reference.Use).Append('\t').Append(reference.ProjectFile).Append('\t').Append(reference.Output).Append('\t').Append(reference.Unsigned);
        foreach ((string name, string value) in reference.Settings)
        {
            text.Append('\t').Append(name).Append('=').Append(value);
        }

        text.Append('\n');
        foreach (string file in reference.Prompts)
        {
            AppendFile(text, file, now);
        }

        string[] files = Directory.Exists(reference.Files.Adapter) ? Directory.GetFiles(reference.Files.Adapter) : [];
        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files)
        {
            if (FileStamp.Of(file) is { } stamp)
            {
                text.Append(file).Append('\t').Append(stamp.Size).Append('\t').Append(stamp.Modified).Append('\t').Append(stamp.Inode).Append('\n');
            }
        }
    }

    private static void AppendItems(StringBuilder text, IReadOnlyList<ProjectItem> items, DateTime now)
    {
        foreach (ProjectItem item in items)
        {
            AppendItem(text, item);
            AppendFile(text, item.FullPath, now);
        }
    }

    private static void AppendSubjects(StringBuilder text, ProjectInputs inputs, DateTime now)
    {
        foreach (ProjectItem item in inputs.SubjectItems)
        {
            AppendItem(text, item);
            switch (item.Type)
            {
                case Names.ModelEndpoint or Names.BaseModelReference or Names.RowFilter:
                    text.Append('\n');
                    break;
                case Names.ModelCommand:
                    text.Append('\n');
                    foreach (string file in BackendItems.InputsOf(inputs, item))
                    {
                        AppendFile(text, file, now);
                    }

                    break;
                case Names.ModelJudge:
                    text.Append('\n');
                    foreach (string file in new[] { item[Names.Prompt], item[Names.Humans] }.OfType<string>())
                    {
                        AppendFile(text, Path.GetFullPath(file.Trim(), inputs.ProjectDirectory), now);
                    }

                    break;
                case Names.GateAgainst:
                    AppendFile(text, Path.Combine(ReleaseItem.FolderOf(item), "model", "modelops.json"), now);
                    break;
                default:
                    AppendFile(text, item.FullPath, now);
                    break;
            }
        }

        AppendExamples(text, inputs.SubjectItems, inputs, now);
    }

    private static void AppendExamples(StringBuilder text, IReadOnlyList<ProjectItem> prompts, ProjectInputs inputs, DateTime now)
    {
        foreach (ProjectItem prompt in prompts)
        {
            if (prompt[Names.Examples] is { } examples)
            {
                AppendFile(text, Path.GetFullPath(examples.Trim(), inputs.ProjectDirectory), now);
            }
        }
    }

    private static StringBuilder AppendItem(StringBuilder text, ProjectItem item)
    {
        text.Append(item.Type).Append('\t').Append(item.Include);
        foreach ((string name, string value) in item.Metadata)
        {
            text.Append('\t').Append(name).Append('=').Append(value);
        }

        return text.Append('\t');
    }

    private static void AppendFile(StringBuilder text, string path, DateTime now)
    {
        text.Append(path).Append('\t');
        if (FileStamp.Of(path) is not { } stamp)
        {
            text.Append("absent\n");
            return;
        }

        stamp.AppendTo(text).Append(stamp.IsRacyAt(now) ? "\tracy\n" : "\n");
    }
}
