package filter

import "testing"

func TestFileName(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"IMG_2041.jpg", "img 2041", "DSC00012", "DSC_0012.JPG", "DSCN1234", "DSCF0001", "P1010012", "photo-123.png", "Photo 12",
		"image (1)", "Image 3 of 5", "picture1", "foto_03", "PXL_20230101_123456789", "20190304_123456", "20190304_123456.jpg",
		"Screenshot 2021-03-04 at 10.22.11.png", "Screen Shot 2021-03-04 at 10.22.11 PM", "WhatsApp Image 2021-03-04 at 10.22.11.jpeg",
		"IMG-20200101-WA0003", "IMG_2041 copy 2", "unnamed-1", "download (3)", "red-bicycle-on-beach.jpg", "фото.jpeg", "3f2b8c9e.webp",
		"https://example.com/a/b?c=d", "www.example.com", "HTTP://EXAMPLE.COM/", "\"IMG_2041.jpg\"", "<photo.png>", "untitled-3",
	} {
		if !looksLikeFile(s) {
			t.Errorf("%q: kept, want caption_file_name", s)
		}
	}
	for _, s := range []string{
		"a red circle", "A photo of 3 cats", "Photo 51: the double helix", "image of a star", "P-51 Mustang fighter", "IMG by John",
		"see photo.png for details", "Picture this", "Photographer 2", "visit www.example.com today", "The .jpg format explained",
		"20190304 protest march", "DSC conference 2019 in Paris", "蓝色 IMG_2041.jpg",
	} {
		if looksLikeFile(s) {
			t.Errorf("%q: caption_file_name, want kept", s)
		}
	}
}
