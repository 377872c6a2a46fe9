using System.Buffers.Binary;
using System.Text;

namespace ModelOps.TestUtilities.Providers;

/// <summary>The smallest adapter in PEFT's format that something was learnt into.</summary>
public static class TinyAdapter
{
    public static byte[] File(string name) => name switch
    {
        "adapter_config.json" => Encoding.UTF8.GetBytes("""{"peft_type":"LORA","r":1,"lora_alpha":1,"target_modules":["q_proj"],"base_model_name_or_path":"x"}"""),
        "adapter_model.safetensors" => Weights(0.5f),
        _ => "{}"u8.ToArray(),
    };

    /// <param name="b">The one value of <c>lora_B</c>; 0: nothing was learnt.</param>
    public static byte[] Weights(float b)
    {
        const string path = "base_model.model.model.layers.0.self_attn.q_proj.";
        string header = $$$"""{"{{{path}}}lora_A.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"{{{path}}}lora_B.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]} }""";
        byte[] bytes = new byte[8 + header.Length + 8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        Encoding.UTF8.GetBytes(header, bytes.AsSpan(8));
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 + header.Length), 1);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(12 + header.Length), b);
        return bytes;
    }
}
