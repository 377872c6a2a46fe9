using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Clusters;
using ModelOps.Backends.Tools;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Workers;
using WorkerRequest = ModelOps.Core.Protocol.TrainRequest;

namespace ModelOps.Pipeline.Training;

/// <summary>A tool of the team's own: configuration and rows in its shape, its log, and an adapter that the SDK's worker takes as the base model's.</summary>
internal sealed class ToolProgram : ITrainingProgram
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = WorkerJson.Options.Encoder };
    private readonly TrainRequest _request;
    private readonly ToolSettings _settings;
    private readonly ToolLog _log;

    public ToolProgram(TrainRequest request, ToolSettings settings, IStageLog log)
    {
        (_request, _settings) = (request, settings);
        Directory.CreateDirectory(request.Files.Work);
        _log = new ToolLog(Names.Train, Path.Combine(Path.GetDirectoryName(request.Files.Adapter)!, "trainer.log"), log);
    }

    public IRunOutput Output => _log;

    private TrainingTool Tool => _settings.Tool;

    public string Prepare(WorkerRequest work, string folder)
    {
        string data = Path.Combine(folder, "data"), configuration = Path.Combine(folder, "config.yaml");
        Directory.CreateDirectory(data);
        Directory.CreateDirectory(work.Output);
        if (!Tool.HasConfiguration)
        {
            string file = Path.Combine(folder, "request.json");
            work.Write(file);
            string variables = $"MODELOPS_REQUEST={RunFolder.Quote(file)} MODELOPS_MODEL={RunFolder.Quote(work.Model)} MODELOPS_TRAIN={RunFolder.Quote(work.Train)} MODELOPS_OUTPUT={RunFolder.Quote(work.Output)}";
            return $"{variables} {ToolCommand.Of(Tool, _settings.Command, _settings.Version, configuration, folder)}";
        }

        ToolRows.Write(Tool, work.Train, Path.Combine(data, TrainingTool.RowFile), _request.Inputs.ProjectFile);
        // JSON is YAML, and has one way to write a text.
        File.WriteAllText(configuration, Tool.Configure(work.Options, new ToolPaths(work.Model, data, work.Output), _settings.ChatTemplate).ToJsonString(s_indented) + "\n");
        foreach ((string name, JsonObject content) in Tool.DataFiles(work.Options))
        {
            File.WriteAllText(Path.Combine(data, name), content.ToJsonString(s_indented) + "\n");
        }

        return ToolCommand.Of(Tool, _settings.CommandFor(work.Options), _settings.Version, configuration, folder);
    }

    public WorkerRun Outcome(WorkerRequest work, string folder, int exitCode)
    {
        switch (exitCode)
        {
            case ToolCommand.OtherVersion when Tool.Distribution is not null:
                throw ToolErrors.OtherVersion(Tool.Name, _settings.Version, ToolCommand.Installed(Tool, folder));
            case ToolCommand.NotFound:
                throw ToolErrors.NotFound(Tool.Name, _settings.CommandFor(work.Options));
            case not 0:
                throw ToolErrors.Failed(Tool.Name, exitCode, _log.LastWords, _log.File);
        }

        if (_log.HasDiverged)
        {
            throw ToolErrors.Diverged(Tool.Name, _log.File);
        }

        Take(work, folder);
        return new WorkerRun(new ResultEvent { Steps = _log.Losses.Count, FinalLoss = _log.Losses.Count > 0 ? _log.Losses[^1] : null }, []);
    }

    /// <summary>Only files of the result stay, without a path of this machine; the worker that will run the adapter says whether it is one of the base model's.</summary>
    private void Take(WorkerRequest work, string folder)
    {
        string[] wanted = work.Options.Method == "full" ? ["config.json", "model.safetensors", "tokenizer.json"] : ["adapter_config.json", "adapter_model.safetensors"];
        if (wanted.FirstOrDefault(f => new FileInfo(Path.Combine(work.Output, f)) is not { Exists: true, Length: > 0 }) is { } missing)
        {
            throw ToolErrors.NoWeights(Tool.Name, missing, _log.File);
        }

        if (work.Options.Method != "full")
        {
            Narrow(work.Output, wanted);
            Inspect(work);
        }

        var record = new JsonObject { ["format"] = 1, ["steps"] = new JsonArray([.. _log.Losses.Select(l => new JsonObject { ["loss"] = l })]) };
        File.WriteAllText(Path.Combine(work.Output, "training.json"), record.ToJsonString() + "\n");
        if (File.Exists(Path.Combine(folder, ToolCommand.EnvironmentFile)))
        {
            File.Copy(Path.Combine(folder, ToolCommand.EnvironmentFile), Path.Combine(work.Output, ToolCommand.EnvironmentFile), overwrite: true);
        }
    }

    private void Narrow(string output, string[] wanted)
    {
        foreach (string other in Directory.GetDirectories(output))
        {
            Directory.Delete(other, recursive: true);
        }

        foreach (string other in Directory.GetFiles(output).Where(f => !wanted.Contains(Path.GetFileName(f), StringComparer.Ordinal)))
        {
            File.Delete(other);
        }

        string path = Path.Combine(output, wanted[0]);
        try
        {
            JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            config["base_model_name_or_path"] = null;
            File.WriteAllText(path, config.ToJsonString(s_indented) + "\n");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw ToolErrors.BadAdapter(Tool.Name, $"{wanted[0]}: {e.Message}", _log.File);
        }
    }

    private void Inspect(WorkerRequest work)
    {
        try
        {
            WorkerProcess.Run(_request.Worker, new InspectRequest { Model = work.Model, Adapter = work.Output }, Names.Train, new Silent(), CancellationToken.None);
        }
        catch (DiagnosticException e)
        {
            throw ToolErrors.BadAdapter(Tool.Name, e.Diagnostic.Message, _log.File);
        }
    }

    private sealed class Silent : IStageLog
    {
        public void Report(Diagnostic diagnostic)
        {
        }

        public void Message(string text, bool important = false)
        {
        }

        public void Progress(StageProgress progress)
        {
        }
    }
}
